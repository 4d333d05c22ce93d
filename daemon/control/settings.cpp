#include "control/settings.h"

#include <sys/un.h>

namespace gatehouse::control {

ControlSettings read_control_settings(const ConfigFile& file) {
  ControlSettings out;
  const ConfigNode node = file.section("control");
  const ConfigNode socket = node.child("socket");
  // The journal's folder is one that the gate may write to, wherever it was started.
  const auto journal = file.section("journal").child("path").path("eve.json");
  out.socket = socket.present() ? socket.path() : journal.parent_path() / "gate.sock";
  if (out.socket.string().size() >= sizeof(sockaddr_un::sun_path)) {
    socket.wrong("is too long for a socket", "use a path of less than 108 characters");
  }
  node.finish();
  return out;
}

}  // namespace gatehouse::control
