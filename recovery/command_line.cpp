#include "recovery/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/text.h"
#include "config/settings.h"
#include "recovery/branch_commands.h"
#include "recovery/console.h"
#include "recovery/demo.h"
#include "recovery/doctor.h"
#include "recovery/duration.h"
#include "recovery/log_commands.h"
#include "recovery/scan_command.h"

namespace xaodbc::recovery {
namespace {

constexpr int kUsageError = 2;

/// The command line as it is being read. The commands add themselves; the one that was given sets
/// `run`.
struct Tool {
  CLI::App app{"xaodbc: what is in doubt on the databases of xaodbc.ini, why, and what to do"};
  std::string ini;
  std::function<int()> run;

  [[nodiscard]] std::filesystem::path ini_path() const { return config::find_ini(ini); }
};

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& does,
                      const std::string& examples) {
  CLI::App* const command = parent.add_subcommand(name, does);
  command->footer(examples);
  command->fallthrough();
  return command;
}

/// Blanks alone are no more a name or a reason than no text at all.
void forbid_blank(CLI::Option* option, const std::string& complaint) {
  option->check([complaint](const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos ? complaint : std::string();
  });
}

template <class Names>
CLI::Option* add_resource(CLI::App* command, Names& names, const std::string& does) {
  CLI::Option* const option = command->add_option("RESOURCE", names, does);
  forbid_blank(option, "a name is needed");
  return option;
}

void add_reason(CLI::App* command, std::string& reason, const std::string& does) {
  CLI::Option* const option = command->add_option("--reason", reason, does)->required();
  forbid_blank(option, "a reason is needed");
}

void add_scan(Tool& tool) {
  CLI::App* const command = add_command(
      tool.app, "scan", "List every branch that is in doubt or was decided by an operator",
      "Exit status: 0 none, 1 some, 2 something could not be looked at.\n"
      "Examples:\n"
      "  xaodbc scan                      all resources of xaodbc.ini\n"
      "  xaodbc scan accounts orders      these two\n"
      "  xaodbc scan --older-than 10m     not what a running transaction has just prepared\n"
      "  xaodbc scan --json | jq '.branches[].xid'");
  auto options = std::make_shared<ScanOptions>();
  auto age = std::make_shared<std::string>();
  add_resource(command, options->resources, "only these resources");
  command->add_flag("--json", options->json, "for programs");
  command->add_option("--older-than", *age, "only branches of that age, such as 90s, 10m, 6h, 2d")
      ->check([](const std::string& text) {
        return parse_duration(text)
                   ? ""
                   : "'" + excerpt(text) + "' is no duration, write 90s, 10m, 6h, 2d";
      });
  command->callback([&tool, options, age] {
    tool.run = [&tool, options, age] {
      options->ini = tool.ini_path();
      options->older_than = parse_duration(*age);
      return run_scan(*options);
    };
  });
}

/// RESOURCE and XID of the commands on one branch.
std::shared_ptr<BranchOptions> add_branch_arguments(CLI::App* command) {
  auto options = std::make_shared<BranchOptions>();
  add_resource(command, options->resource, "section of xaodbc.ini")->required();
  command
      ->add_option("XID", options->branch, "id as printed by scan, or formatID:gtridhex:bqualhex")
      ->required();
  return options;
}

void add_show(Tool& tool) {
  CLI::App* const command = add_command(
      tool.app, "show", "Everything about one branch, and what each decision would mean",
      "Exit status: 0 shown, 1 no such branch, 2 error.\n"
      "Examples:\n"
      "  xaodbc show accounts 3f2a91\n"
      "  xaodbc show accounts 1:00ff17:01 --json");
  auto options = add_branch_arguments(command);
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "for programs");
  command->callback([&tool, options, json] {
    tool.run = [&tool, options, json] {
      options->ini = tool.ini_path();
      return run_show(*options, *json);
    };
  });
}

void add_decision(Tool& tool, odbc::Decision decision, const std::string& name,
                  const std::string& does) {
  CLI::App* const command = add_command(
      tool.app, name, does,
      "The decision is recorded in the branch log before it acts, and told to the transaction\n"
      "manager when it comes for the branch. A command that was cut off is completed by\n"
      "repeating it.\n"
      "Exit status: 0 done, 1 refused or nothing to do, 2 error.\n"
      "Examples:\n"
      "  xaodbc " +
          name +
          " accounts 3f2a91 --reason 'TM host is gone, ticket 4711'\n"
          "  xaodbc " +
          name + " accounts 1:00ff17:01 --reason 'ticket 4711' --yes");
  auto options = std::make_shared<DecideOptions>();
  options->decision = decision;
  auto branch = add_branch_arguments(command);
  add_reason(command, options->reason, "why; kept in the branch log");
  command->add_flag("--yes", options->yes, "do not ask; needed without a terminal");
  command->callback([&tool, options, branch] {
    tool.run = [&tool, options, branch] {
      options->branch = *branch;
      options->branch.ini = tool.ini_path();
      return run_decide(*options);
    };
  });
}

void add_forget(Tool& tool) {
  CLI::App* const command = add_command(
      tool.app, "forget", "Drop the record of an operator's decision; never touches data",
      "A transaction manager that is told of the decision does this by itself (xa_forget).\n"
      "Exit status: 0 done, 1 refused or nothing to do, 2 error.\n"
      "Example:\n"
      "  xaodbc forget accounts 3f2a91");
  auto options = add_branch_arguments(command);
  auto yes = std::make_shared<bool>(false);
  command->add_flag("--yes", *yes, "do not ask; needed without a terminal");
  command->callback([&tool, options, yes] {
    tool.run = [&tool, options, yes] {
      options->ini = tool.ini_path();
      return run_forget(*options, *yes);
    };
  });
}

void add_doctor(Tool& tool) {
  CLI::App* const command = add_command(
      tool.app, "doctor", "Check everything from xaodbc.ini to the servers; say what to change",
      "Exit status: 0 fine, 1 something should be changed, 2 the check itself was not possible.\n"
      "Examples:\n"
      "  xaodbc doctor\n"
      "  xaodbc doctor accounts --json");
  auto options = std::make_shared<DoctorOptions>();
  add_resource(command, options->resources, "only these resources");
  command->add_flag("--json", options->json, "for programs");
  command->callback([&tool, options] {
    tool.run = [&tool, options] {
      options->ini = tool.ini_path();
      return run_doctor(*options);
    };
  });
}

void add_log_reading(Tool& tool, CLI::App& parent, const std::string& name, const std::string& does,
                     int (*read)(const LogOptions&)) {
  CLI::App* const command = add_command(parent, name, does,
                                        "Exit status: 0 no damage, 1 damage found, 2 error.\n"
                                        "Example:\n"
                                        "  xaodbc log " +
                                            name + " /var/lib/xaodbc/*.seg");
  auto options = std::make_shared<LogOptions>();
  command->add_option("FILE", options->files, "segments; without: all of all log directories");
  command->callback([&tool, options, read] {
    tool.run = [&tool, options, read] {
      options->ini = tool.ini_path();
      return read(*options);
    };
  });
}

void add_quarantine(Tool& tool, CLI::App& parent) {
  CLI::App* const command = add_command(
      parent, "quarantine", "Set a damaged segment aside, after somebody has looked at it",
      "The log then no longer knows what only that file told: compare with `xaodbc scan`.\n"
      "Exit status: 0 done, 1 refused, 2 error.\n"
      "Example:\n"
      "  xaodbc log quarantine /var/lib/xaodbc/db1-4711-0123456789abcdef.seg \\\n"
      "    --reason 'bad disk, ticket 4711'");
  auto options = std::make_shared<LogOptions>();
  auto reason = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  command->add_option("FILE", options->files, "damaged segments")->required();
  add_reason(command, *reason, "why; kept beside the file");
  command->add_flag("--yes", *yes, "do not ask; needed without a terminal");
  command->callback([&tool, options, reason, yes] {
    tool.run = [options, reason, yes] { return run_log_quarantine(*options, *reason, *yes); };
  });
}

void add_log(Tool& tool) {
  CLI::App* const log = add_command(tool.app, "log", "Look into the branch log",
                                    "Exit status: 0 no damage, 1 damage found, 2 error.");
  log->require_subcommand(1);
  add_log_reading(tool, *log, "dump", "Print every record", run_log_dump);
  add_log_reading(tool, *log, "verify", "Check every segment for damage", run_log_verify);
  add_quarantine(tool, *log);
}

void add_demo(Tool& tool) {
  CLI::App* const command = add_command(
      tool.app, "demo", "Move money between two databases, crash on the way, and recover",
      "Needs two resources, bank-a and bank-b, on databases where tables may be created.\n"
      "Exit status: 0 no money was lost, 2 error.\n"
      "Example:\n"
      "  xaodbc demo --ini /etc/xaodbc.ini");
  auto options = std::make_shared<DemoOptions>();
  command->add_option("--library", options->library,
                      "libxaodbc.so; default: beside this program, or in ../lib");
  command->add_option("--step", options->step, "a step that the demonstration runs by itself")
      ->group("");
  command->add_option("--directory", options->directory, "of the demonstration's decision log")
      ->group("");
  command->callback([&tool, options] {
    tool.run = [&tool, options] {
      options->ini = tool.ini_path();
      return run_demo(*options);
    };
  });
}

/// What is wrong with the command line. Of a word that is no command CLI11 says only that one is
/// missing.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const auto words = app.remaining(true);
  if (command->get_require_subcommand_min() > 0 && !words.empty()) {
    return fmt::format("there is no {} '{}'; xaodbc --help lists them",
                       words[0].starts_with('-') ? "option" : "command", excerpt(words[0]));
  }
  return fmt::format("{}; see --help", error.what());
}

}  // namespace

int run_tool(int argc, const char* const* argv) {
  Tool tool;
  tool.app.name("xaodbc");
  tool.app.set_version_flag("--version", "xaodbc " XAODBC_VERSION);
  tool.app.add_option("--ini", tool.ini, "xaodbc.ini; default: $XAODBC_INI, else /etc/xaodbc.ini");
  tool.app.require_subcommand(1);
  tool.app.footer("xaodbc COMMAND --help tells more, with examples; man xaodbc tells all.");
  add_scan(tool);
  add_show(tool);
  add_decision(tool, odbc::Decision::kCommit, "commit",
               "Commit a prepared branch in place of the transaction manager");
  add_decision(tool, odbc::Decision::kRollback, "rollback",
               "Roll a prepared branch back in place of the transaction manager");
  add_forget(tool);
  add_doctor(tool);
  add_log(tool);
  add_demo(tool);
  try {
    tool.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return finish_output(tool.app.exit(error));
    print_error(printable(complaint(tool.app, error)));
    return kUsageError;
  }
  return finish_output(tool.run());
}

}  // namespace xaodbc::recovery
