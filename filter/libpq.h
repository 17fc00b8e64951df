#pragma once

namespace xaodbc::filter {

// Of libpq's own header no more is needed than this, and that is fixed by its binary interface.
struct PgConnection;
struct PgResult;
constexpr int kCommandOk = 1;            ///< PGRES_COMMAND_OK
constexpr int kBadResponse = 5;          ///< PGRES_BAD_RESPONSE
constexpr int kFatalError = 7;           ///< PGRES_FATAL_ERROR
constexpr int kSingleTuple = 9;          ///< PGRES_SINGLE_TUPLE
constexpr int kStatementPosition = 'P';  ///< PG_DIAG_STATEMENT_POSITION
constexpr int kSqlstate = 'C';           ///< PG_DIAG_SQLSTATE
constexpr int kMessagePrimary = 'M';     ///< PG_DIAG_MESSAGE_PRIMARY
constexpr int kSeverity = 'V';           ///< PG_DIAG_SEVERITY_NONLOCALIZED
constexpr int kConnectionOk = 0;         ///< CONNECTION_OK
enum class Transaction { kIdle, kActive, kInside, kAborted, kUnknown };

/// The functions of libpq themselves, behind the hooks.
struct Libpq {
  int (*send_query)(PgConnection*, const char*) = nullptr;
  PgResult* (*get_result)(PgConnection*) = nullptr;
  PgResult* (*exec)(PgConnection*, const char*) = nullptr;
  PgResult* (*exec_params)(PgConnection*, const char*, int, const unsigned*, const char* const*,
                           const int*, const int*, int) = nullptr;
  PgResult* (*exec_prepared)(PgConnection*, const char*, int, const char* const*, const int*,
                             const int*, int) = nullptr;
  PgResult* (*prepare)(PgConnection*, const char*, const char*, int, const unsigned*) = nullptr;
  PgResult* (*describe_prepared)(PgConnection*, const char*) = nullptr;
  int (*transaction_status)(const PgConnection*) = nullptr;
  char* (*result_error_field)(const PgResult*, int) = nullptr;
  void (*finish)(PgConnection*) = nullptr;

  int (*result_status)(const PgResult*) = nullptr;
  char* (*command_status)(PgResult*) = nullptr;
  int (*socket)(const PgConnection*) = nullptr;
  int (*connection_status)(const PgConnection*) = nullptr;
  char* (*error_message)(const PgConnection*) = nullptr;
  int (*consume_input)(PgConnection*) = nullptr;
  int (*is_busy)(PgConnection*) = nullptr;
  int (*tuples)(const PgResult*) = nullptr;
  int (*fields)(const PgResult*) = nullptr;
  char* (*value)(const PgResult*, int, int) = nullptr;
  using Receiver = void(void*, const PgResult*);
  Receiver* (*set_notice_receiver)(PgConnection*, Receiver*, void*) = nullptr;
  PgResult* (*make_result)(PgConnection*, int) = nullptr;
  void (*clear)(PgResult*) = nullptr;
};

}  // namespace xaodbc::filter
