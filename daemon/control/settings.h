// Where the control socket is: section `control` of gatehouse.yaml. Read by both programs and the command.
#pragma once

#include <filesystem>

#include "base/config_file.h"

namespace gatehouse::control {

struct ControlSettings {
  std::filesystem::path socket = "/run/gatehouse/gate.sock";  // of a configuration that says nothing: beside its journal
};

// Mistakes are noted in the file.
ControlSettings read_control_settings(const ConfigFile& file);

}  // namespace gatehouse::control
