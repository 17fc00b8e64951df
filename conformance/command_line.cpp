#include "conformance/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <string>

#include "conformance/progress.h"
#include "conformance/report.h"
#include "conformance/runner.h"

namespace xaodbc::conformance {
namespace {

constexpr int kNothingWrong = 0;
constexpr int kWrong = 1;
constexpr int kNotPossible = 2;

constexpr const char* kFooter =
    "In statements {n} stands for a number that is new for every branch. The resources should be\n"
    "used by nobody else meanwhile.\n"
    "Exit status: 0 nothing wrong, 1 wrong cells, 2 the switch could not be driven.\n"
    "Examples:\n"
    "  xa-conformance --list --only '7.1/*'\n"
    "  xa-conformance --library libxaodbc.so --switch xaodbc_switch --open-info accounts \\\n"
    "    --sql-connection xaodbc_connection --work 'INSERT INTO t VALUES ({n})' \\\n"
    "    --read 'SELECT 1 FROM t WHERE n = {n}'\n"
    "  xa-conformance --library switch.so --getter lixa_get_xa_switch --open-info '' \\\n"
    "    --format junit --output report.xml\n"
    "man xa-conformance tells all.";

void add_library_options(CLI::App& app, Options& options) {
  app.add_option("--library", options.library, "shared library with the switch")->type_name("FILE");
  auto* const symbol =
      app.add_option("--switch", options.switch_symbol, "its xa_switch_t")->type_name("SYMBOL");
  app.add_option("--getter", options.getter, "or a function that returns a pointer to it")
      ->type_name("FUNCTION")
      ->excludes(symbol);
  app.add_option("--open-info", options.open_info, "open string of rmid 0; again for 1, 2, ...")
      ->type_name("S")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--close-info", options.close_info, "close string")->type_name("S");
}

void add_work_options(CLI::App& app, Options& options) {
  app.add_option("--sql-connection", options.sql_connection,
                 "void *(int rmid) that returns the ODBC handle of the thread's branch")
      ->type_name("FUNCTION");
  app.add_option("--work", options.work, "statement that writes; may be repeated")
      ->type_name("SQL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--read", options.read, "query that returns a row when the work is there")
      ->type_name("SQL");
  app.add_option("--failing-work", options.failing_work, "statement that fails")->type_name("SQL");
  app.add_option("--heuristic", options.heuristic,
                 "command by which an administrator finishes the prepared branch {xid}")
      ->type_name("CMD");
  app.add_flag("--one-writer", options.one_writer,
               "a branch at work keeps all others from writing, as in SQLite: what would wait for "
               "it is not driven");
}

void add_report_options(CLI::App& app, Options& options) {
  static const std::map<std::string, Format> formats = {
      {"text", Format::kText}, {"json", Format::kJson}, {"junit", Format::kJunit}};
  // Not CheckedTransformer, whose complaint shows the numbers behind the names.
  app.add_option_function<std::string>(
         "--format", [&options](const std::string& name) { options.format = formats.at(name); },
         "text, json or junit")
      ->check(CLI::IsMember(&formats).description(""))
      ->type_name("FORMAT");
  app.add_option("--output", options.output, "report file; default: standard output")
      ->type_name("FILE");
  app.add_option("--only", options.only, "only cells with such names; may be repeated")
      ->type_name("GLOB")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--patience", options.patience, "seconds that a call may take; default 60")
      ->type_name("N")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""));
  app.add_flag("--list", options.list, "print the names of all cells, and their clauses");
  app.add_flag("--verbose", options.verbose, "every cell in the text report");
}

std::string missing_option(const Options& options) {
  if (options.library.empty()) return "--library is needed";
  if (options.switch_symbol.empty() && options.getter.empty()) {
    return "--switch or --getter is needed";
  }
  if (options.open_info.empty()) return "--open-info is needed; an empty string is one";
  if (options.sql_connection.empty() && !options.work.empty()) {
    return "--work needs --sql-connection";
  }
  return "";
}

int complain(const std::string& message) {
  std::cerr << "xa-conformance: " << message << '\n';
  return kNotPossible;
}

int list(const Cells& cells) {
  for (const auto& cell : cells) {
    std::cout << cell.name << '\t' << cell.clause << '\n';
  }
  return kNothingWrong;
}

std::string render(const Report& report, const Options& options) {
  switch (options.format) {
    case Format::kJson:
      return as_json(report);
    case Format::kJunit:
      return as_junit(report);
    case Format::kText:
      break;
  }
  return as_text(report, options.verbose);
}

Status write(const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::cout << text << std::flush;
    return std::cout ? Status::ok() : Status(StatusCode::kInternal, "standard output: no room");
  }
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  return out ? Status::ok() : Status(StatusCode::kInternal, file + " cannot be written");
}

int report_run(Run run, const Session& session) {
  const auto& options = session.options();
  const auto* const name = session.library().entries->name;
  const Report report{options.library, std::string(name, strnlen(name, RMNAMESZ)),
                      std::move(run.outcomes)};
  const auto written = write(render(report, options), options.output);
  if (!written.is_ok()) return complain(written.message());
  return report.counts().wrong == 0 ? kNothingWrong : kWrong;
}

int drive(const Cells& cells, const Options& options) {
  const auto library = load_switch(options);
  if (!library) return complain(library.error().message());
  Session session(options, *library);
  if (const auto opened = open_all(session); !opened.is_ok()) return complain(opened.message());
  Progress progress(cells.size());
  Run run = drive(cells, session,
                  [&](std::size_t number, const Cell& cell) { progress.show(number, cell.name); });
  progress.end();
  const bool is_stuck = run.is_stuck;
  if (!is_stuck) close_all(session);
  const int status = report_run(std::move(run), session);
  if (is_stuck) std::quick_exit(status);
  return status;
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  Options options;
  CLI::App app("xa-conformance: hold an XA switch against the X/Open XA specification");
  app.name("xa-conformance");
  app.set_version_flag("--version", "xa-conformance " XAODBC_VERSION);
  app.footer(kFooter);
  add_library_options(app, options);
  add_work_options(app, options);
  add_report_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(std::string(error.what()) + "; see --help");
  }
  const auto missing = options.list ? "" : missing_option(options);
  if (!missing.empty()) return complain(missing);
  const auto cells = chosen_cells(options);
  if (cells.empty()) return complain("no cell has such a name; see --list");
  return options.list ? list(cells) : drive(cells, options);
}

}  // namespace xaodbc::conformance
