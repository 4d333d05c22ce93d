#include "process/confine.h"

#include <cap-ng.h>
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace gatehouse::process {
namespace {

// Calls that change the machine, look into other processes, or reach parts of the kernel that a filter has no business
// with. A leak checker looks into its own process, so builds with one keep ptrace.
constexpr const char* kRefusedToBoth[] = {
    "acct", "add_key", "bpf", "delete_module", "finit_module", "fsconfig", "fsmount", "fsopen", "init_module", "ioperm",
    "iopl", "kexec_file_load", "kexec_load", "keyctl", "mount", "mount_setattr", "move_mount", "open_by_handle_at",
    "open_tree", "perf_event_open", "pivot_root", "process_vm_readv", "process_vm_writev",
#ifndef __SANITIZE_ADDRESS__
    "ptrace",
#endif
    "quotactl", "reboot", "request_key", "setdomainname", "sethostname", "setns", "swapoff", "swapon", "umount2",
    "unshare", "userfaultfd"};
constexpr const char* kRefusedToTheGate[] = {"execve", "execveat", "listen"};

std::vector<unsigned> kept_by(Role role) {
  std::vector<unsigned> kept = role == Role::Gate ? std::vector<unsigned>{CAP_NET_ADMIN, CAP_NET_RAW}
                                                  : std::vector<unsigned>{CAP_NET_BIND_SERVICE};
  if (geteuid() == 0) kept.push_back(CAP_DAC_OVERRIDE);
  return kept;
}

struct Release {
  void operator()(void* filter) const noexcept { seccomp_release(filter); }
};

int refuse(scmp_filter_ctx filter, const char* call) {
  const int number = seccomp_syscall_resolve_name(call);
  if (number == __NR_SCMP_ERROR) return 0;  // this machine does not have it
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
}

}  // namespace

void drop_capabilities(Role role, const Log& log) {
  capng_get_caps_process();
  std::vector<unsigned> had;
  for (const unsigned capability : kept_by(role)) {
    if (capng_have_capability(CAPNG_PERMITTED, capability) != 0) had.push_back(capability);
  }
  capng_clear(CAPNG_SELECT_BOTH);
  for (const unsigned capability : had) {
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), capability);
  }
  // The bounding set can be changed by those only who may; without it no program could give anything back either.
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) log->warn("capabilities could not be dropped: {}", std::strerror(errno));
}

void restrict_system_calls(Role role, const Log& log) {
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  int error = filter ? 0 : -ENOMEM;
  if (error == 0) error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  for (const char* call : kRefusedToBoth) {
    if (error == 0) error = refuse(filter.get(), call);
  }
  if (role == Role::Gate) {
    for (const char* call : kRefusedToTheGate) {
      if (error == 0) error = refuse(filter.get(), call);
    }
  }
  if (error == 0) error = seccomp_load(filter.get());
  if (error != 0) log->warn("system calls could not be restricted: {}", std::strerror(-error));
}

}  // namespace gatehouse::process
