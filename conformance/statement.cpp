#include "conformance/statement.h"

#include <dlfcn.h>

#include <array>

namespace xaodbc::conformance {
namespace {

// The five functions of ODBC that are needed, with plain types instead of ODBC's headers, so that
// the program can be built and run where there is no ODBC. The types are those of unixODBC for
// LP64.
constexpr short kStatementHandle = 3;
constexpr short kConnectionHandle = 2;
constexpr short kNoData = 100;
using AllocHandle = short (*)(short, void*, void**);
using FreeHandle = short (*)(short, void*);
using ExecDirect = short (*)(void*, unsigned char*, int);
using Fetch = short (*)(void*);
using GetDiagRec = short (*)(short, void*, short, unsigned char*, int*, unsigned char*, short,
                             short*);

struct DriverManager {
  void* library = dlopen("libodbc.so.2", RTLD_NOW);
  AllocHandle allocate = reinterpret_cast<AllocHandle>(find("SQLAllocHandle"));
  FreeHandle release = reinterpret_cast<FreeHandle>(find("SQLFreeHandle"));
  ExecDirect execute = reinterpret_cast<ExecDirect>(find("SQLExecDirect"));
  Fetch fetch = reinterpret_cast<Fetch>(find("SQLFetch"));
  GetDiagRec diagnose = reinterpret_cast<GetDiagRec>(find("SQLGetDiagRec"));

  [[nodiscard]] void* find(const char* name) const {
    return library == nullptr ? nullptr : dlsym(library, name);
  }
  [[nodiscard]] bool is_complete() const {
    return allocate != nullptr && release != nullptr && execute != nullptr && fetch != nullptr &&
           diagnose != nullptr;
  }
};

const DriverManager& driver_manager() {
  static const DriverManager manager;
  return manager;
}

bool succeeded(short code) { return code == 0 || code == 1; }

std::string diagnosis(short type, void* handle) {
  std::array<unsigned char, 6> state{};
  std::array<unsigned char, 512> text{};
  int native = 0;
  short length = 0;
  const short code = driver_manager().diagnose(type, handle, 1, state.data(), &native, text.data(),
                                               static_cast<short>(text.size()), &length);
  if (!succeeded(code)) return "without a diagnosis";
  return std::string(reinterpret_cast<const char*>(state.data())) + " " +
         reinterpret_cast<const char*>(text.data());
}

Result<bool> execute(void* statement, std::string sql) {
  const auto& odbc = driver_manager();
  const short code = odbc.execute(statement, reinterpret_cast<unsigned char*>(sql.data()),
                                  static_cast<int>(sql.size()));
  if (!succeeded(code) && code != kNoData) {
    return failure(StatusCode::kRefused, sql + ": " + diagnosis(kStatementHandle, statement));
  }
  return succeeded(odbc.fetch(statement));
}

}  // namespace

Result<bool> run_statement(void* connection, const std::string& sql) {
  const auto& odbc = driver_manager();
  if (!odbc.is_complete()) {
    return failure(StatusCode::kMisconfigured, "libodbc.so.2 cannot be loaded");
  }
  void* statement = nullptr;
  if (!succeeded(odbc.allocate(kStatementHandle, connection, &statement))) {
    return failure(StatusCode::kRefused,
                   "SQLAllocHandle: " + diagnosis(kConnectionHandle, connection));
  }
  auto result = execute(statement, sql);
  odbc.release(kStatementHandle, statement);
  return result;
}

}  // namespace xaodbc::conformance
