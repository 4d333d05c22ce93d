// `gatehouse reload` and `gatehouse status`: what the running gate is asked over its control socket.
#include <fmt/format.h>

#include "commands.h"
#include "control/client.h"
#include "control/settings.h"

namespace gatehouse::cli {
namespace {

// Long lists are compiled before a reload is answered.
constexpr Milliseconds kPatience{60'000};

struct ControlOptions {
  std::string config;
  bool json = false;
};

std::filesystem::path socket_of(const std::string& config) {
  if (config.empty()) return control::ControlSettings{}.socket;
  const ConfigFile file = ConfigFile::load(config);
  const control::ControlSettings settings = control::read_control_settings(file);
  file.throw_if_errors();
  return settings.socket;
}

// Nested values as "journal.dropped   0", one a line, for people.
void print_flat(const nlohmann::json& value, const std::string& name) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) print_flat(inner, name.empty() ? key : name + "." + key);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) print_flat(value[i], fmt::format("{}.{}", name, i));
  } else {
    fmt::print("{:<34} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

int ask(const ControlOptions& options, const control::Request& request) {
  nlohmann::json answer = value_or_throw(control::ask_gate(socket_of(options.config), request, kPatience));
  answer.erase("ok");
  if (options.json) {
    fmt::print("{}\n", answer.dump());
  } else {
    print_flat(answer, {});
  }
  return kOk;
}

void add(CLI::App& app, Run& run, const char* name, const char* about, control::Request request) {
  auto options = std::make_shared<ControlOptions>();
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("--config", options->config, "gatehouse.yaml, which names the control socket");
  command->add_flag("--json", options->json, "as one line of JSON");
  command->callback([options, request, &run] { run = [options, request] { return ask(*options, request); }; });
}

}  // namespace

void add_control(CLI::App& app, Run& run) {
  add(app, run, "reload", "Lets the running gate read its configuration and lists again; a bad one is refused, the old one stays.",
      control::ReloadRequest{});
  add(app, run, "status", "Says how the running gate is: counters, the policy in force, its queues.", control::StatusRequest{});
}

}  // namespace gatehouse::cli
