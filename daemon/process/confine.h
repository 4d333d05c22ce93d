// What a program gives up once it runs: capabilities that it does not need, and system calls that no part of it makes.
// What the kernel of a machine cannot do is told in the log and the program goes on: packaging/ confines it as well.
#pragma once

#include <cstdint>

#include "base/log.h"

namespace gatehouse::process {

enum class Role : std::uint8_t {
  Gate,   // keeps CAP_NET_ADMIN and CAP_NET_RAW: verdicts and replies need them with each packet
  Lodge,  // keeps CAP_NET_BIND_SERVICE: a reload may open the syslog or the portal port
};

// Before other threads are made: capabilities are each thread's own. Where it runs as root, files of other owners can
// still be opened (CAP_DAC_OVERRIDE): who starts it by hand in a folder of theirs expects a journal there.
void drop_capabilities(Role role, const Log& log);

// For all threads, once it has started; also sets no_new_privs. Refused calls fail with EPERM. The gate can start no
// program, and open no further listening socket of any kind: there is none but the control socket.
void restrict_system_calls(Role role, const Log& log);

}  // namespace gatehouse::process
