#include <fstream>
#include <functional>

#include "tests/integration/before_connect.h"
#include "tests/integration/password_user.h"
#include "tests/integration/tm_kit.h"
#include "tests/support/planted_secret.h"

namespace xaodbc {
namespace {

/// What there was of the password when the driver manager was called.
struct Handover {
  const Secret* planted = nullptr;
  int calls = 0;
  std::size_t traces = 0;
  bool asks_back = false;  ///< for the completed connection string, which has the password in it
};
Handover handover;

/// The drivers keep the password; until here it is the bridge alone that has it.
void look(bool asks_back) {
  ++handover.calls;
  handover.asks_back = handover.asks_back || asks_back;
  if (handover.planted != nullptr) handover.traces += support::traces_of(*handover.planted);
}

/// What a core file has of a password. Everything that has it in strings of its own, such as making
/// the user and writing the ini file, is done by processes of their own.
class CoreFileTest : public TmTest {
 protected:
  void SetUp() override {
    const auto prepare = [&] {
      make_password_user(server(), "dumped", std::string(planted_.reveal()));
      write_ini(std::string(planted_.reveal()));
    };
    ASSERT_EQ(run_in_child(prepare), exited(0));
  }

  void write_ini(const std::string& password) {
    const auto file = directory_.write("secret", password).string();
    const Keys keys = {{"connection", server().connection()}, {"user", "dumped"}};
    const auto add = [&](const std::string& name, Keys with, const Keys& more) {
      with.insert(with.end(), more.begin(), more.end());
      config_.add_resource(name, with);
    };
    add("file", keys, {{"password_file", file}});
    add("ini", keys, {{"password", password}});
    add("string", {{"user", "dumped"}},
        {{"connection", server().connection() + ";Pwd={" + password + "}"}});
  }

  /// As the resource of that name does. A driver that reads a password in braces copies it twice.
  void connect_by_hand(const std::string& resource) {
    auto settings = odbc::settings_for(server());
    settings.user = "dumped";
    settings.password = resource == "string" ? Secret() : planted_;
    if (resource == "string") {
      settings.connection += ";Pwd={";
      settings.connection += planted_.reveal();
      settings.connection += "}";
    }
    Secret text = odbc::complete_connection_string(settings);
    SQLHENV env = nullptr;
    SQLHDBC dbc = nullptr;
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
    SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
    ASSERT_TRUE(SQL_SUCCEEDED(SQLDriverConnect(
        dbc, nullptr, reinterpret_cast<SQLCHAR*>(text.data()),
        static_cast<SQLSMALLINT>(text.reveal().size()), nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT)));
    support::execute_on(dbc, "SELECT 1");
  }
  /// How often the password stands in the memory of a new process that did this.
  std::size_t traces_after(const std::function<void()>& work) {
    const auto count = [&] {
      handover = {.planted = &planted_};
      before_connect = look;
      work();
      EXPECT_EQ(handover.calls, 1);
      EXPECT_EQ(handover.traces, 0U) << "before the driver had it";
      EXPECT_FALSE(handover.asks_back);
      static_cast<void>(directory_.write("traces", std::to_string(support::traces_of(planted_))));
    };
    EXPECT_EQ(run_in_child(count), exited(0));
    std::size_t traces = 0;
    std::ifstream(directory_.path() / "traces") >> traces;
    return traces;
  }

  support::ScratchDirectory directory_;
  const Secret planted_ = support::plant(40);
};
XAODBC_ON_BOTH_DATABASES(CoreFileTest);

/// The drivers' own copies are there either way, and remain in what they freed.
TEST_P(CoreFileTest, BridgeLeavesNoMoreOfThePasswordThanAConnectionByHand) {
  for (const char* resource : {"file", "ini", "string"}) {
    const std::size_t by_hand = traces_after([&] { connect_by_hand(resource); });
    Tm tm(resource, new_rmid());
    const std::size_t through_bridge = traces_after([&] { ASSERT_EQ(tm.open(), XA_OK); });
    EXPECT_LE(through_bridge, by_hand) << resource;
  }
}

}  // namespace
}  // namespace xaodbc
