// The commands of `gatehouse`, each as a function that adds itself to the command line and says what it returned.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace gatehouse::cli {

// Exit codes of every command.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;    // said on standard error, with a remedy
inline constexpr int kPartly = 3;    // the capture was damaged; what could be read was read

// Each sets `run` when its command was given.
using Run = std::function<int()>;
void add_replay(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);
void add_names(CLI::App& app, Run& run);
void add_incident(CLI::App& app, Run& run);
void add_alerts(CLI::App& app, Run& run);
void add_why(CLI::App& app, Run& run);
void add_lists(CLI::App& app, Run& run);
void add_check_config(CLI::App& app, Run& run);
void add_firewall(CLI::App& app, Run& run);
void add_control(CLI::App& app, Run& run);  // reload, status
void add_requests(CLI::App& app, Run& run);
void add_guests(CLI::App& app, Run& run);

}  // namespace gatehouse::cli
