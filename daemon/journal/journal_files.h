// The files of one journal: `eve.json`, which is being written, and `eve.json.1`, `eve.json.2` ... which are whole.
// The higher the number the newer; numbers are never used again, so no file changes its name twice. Used by the
// writer to rotate and by the reader to follow; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::journal {

// Numbers of the files that were rotated away, oldest first.
std::vector<std::uint64_t> rotated_numbers(const std::string& journal);
std::string rotated_name(const std::string& journal, std::uint64_t number);

// What tells a file from another one under its name or with its inode: both and its first line. 0: it has no whole
// line yet. `file` is an open descriptor; the offset is not moved.
std::uint64_t identity_of(int file);

}  // namespace gatehouse::journal
