// Where a reader of the journal stands: after which byte of which file.
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse::journal {

struct JournalPosition {
  std::string file;
  std::uint64_t inode = 0;   // identity_of the file: tells it from the one that took its name, or its inode
  std::uint64_t offset = 0;  // bytes read, always at the start of a line
  bool operator==(const JournalPosition&) const = default;
};

}  // namespace gatehouse::journal
