// The report's vocabulary: numbers, times, hosts and the lodge's enums as plain British English. Every
// sentence that several sections share is worded here once. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lodge/store/records.h"

namespace gatehouse::lodge {

// "example[.]test": what cannot be clicked, nor turned into a link by a mail program. Control characters and
// anything that is no part of a host name become "?".
std::string defang(std::string_view host);

// A sentence from elsewhere with every host name in it defanged, or (`withhold`) left out altogether;
// `keep` is a word that stays as it is (a login may look like a host).
std::string defang_text(std::string_view text, bool withhold = false, std::string_view keep = {});

std::string count_of(std::uint64_t n, std::string_view one,
                     std::string_view many);                      // "1 attempt", "12,418 attempts"
std::string number_word(std::uint64_t n);                         // "four" up to ten, then digits
std::string join_words(const std::vector<std::string>& parts);    // "a, b and c"
std::string capital(std::string text);                            // first letter upper case (ASCII)
std::string percent_of(std::uint64_t part, std::uint64_t whole);  // "94%"; "0%" of nothing

// "10:42", "10:42 to 10:51", London time.
std::string clock_span(Timestamp first, Timestamp last);
std::string iso_london(Timestamp at);              // 2026-11-10T10:42:07+00:00
std::string minutes_words(std::uint64_t minutes);  // "20 minutes", "1 hour 5 minutes"

std::string_view band_words(Band band) noexcept;     // "likely deliberate"
std::string_view band_id(Band band) noexcept;        // "likely-deliberate"
std::string_view grade_words(Grade grade) noexcept;  // "two independent sources agree"
char grade_letter(Grade grade) noexcept;

// "blocked", "would have been blocked" ...: completes "it was ..."; `all`: of several.
std::string outcome_words(journal::Outcome outcome, std::uint64_t attempts);

// How well the judgement of intent was measured to be right (measured.h).
std::string measured_words();

std::string evasion_words(std::string_view flag);    // "tcp-overlap" in words; an unknown one as it stands
std::string tunnel_words(std::string_view tunnel);   // "openvpn" is "OpenVPN, a VPN"
std::string unnamed_words(std::string_view reason);  // "encrypted-hello": completes "2% ..."

}  // namespace gatehouse::lodge
