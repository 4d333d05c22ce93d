#include "control/settings.h"

#include <sys/un.h>

namespace gatehouse::control {

ControlSettings read_control_settings(const ConfigFile& file) {
  ControlSettings out;
  const ConfigNode node = file.section("control");
  const ConfigNode socket = node.child("socket");
  out.socket = socket.path(out.socket.string());
  if (out.socket.string().size() >= sizeof(sockaddr_un::sun_path)) {
    socket.error("is too long for a socket", "use a path of less than 108 characters");
  }
  node.finish();
  return out;
}

}  // namespace gatehouse::control
