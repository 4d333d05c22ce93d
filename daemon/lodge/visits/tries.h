// The tries that an attempt is made of: one name, once, with what stood around it. Kept with the attempt, since after a
// restart the surroundings are gone but the judgement has to stay. Used by the folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lodge/visits/surroundings.h"

namespace gatehouse::lodge {

struct Try {
  std::uint32_t serial = 0;  // within the attempt
  std::uint32_t host = 0;    // index into the attempt's hosts
  Timestamp first{};
  Timestamp last{};
  std::vector<Timestamp> moments;  // when it was asked for: a page's questions and hellos together are one moment
  std::uint64_t device = 0;  // as Surroundings::device_of
  std::uint64_t name = 0;    // the host, hashed
  bool looked_up = false;
  bool connected = false;
  bool settled = false;      // what stands around it will not change any more
  bool stopped = false;      // for certain, so that nothing of it could follow
  bool sealed = false;       // not learned from
  bool unlike_pages = false;  // the browser did not load it again, as it does on this device with pages that fail
  Around around;
};

struct Tries {
  bool brought = false;  // all of them were brought along by pages; people's own stand in another attempt
  std::uint32_t next_serial = 0;
  std::vector<Try> all;  // by first
};

// Adds a moment at which the name was asked for. The first connection after the first look-up is none of its own.
void note_moment(Try& one, Timestamp at, bool look_up);
// Chromium loads the error page of a tab again one second after it failed and five seconds after that. It does so with
// what was opened in a tab, and with no part of a page: tools/traffic/browsing/browse-for-real shows it.
bool loaded_again_as_pages_are(const Try& one);

// As kept in the store, and back; what cannot be read gives no tries.
std::string tries_to_text(const Tries& tries);
Tries tries_from_text(const std::string& text);

}  // namespace gatehouse::lodge
