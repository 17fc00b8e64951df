#include "odbc/dialects/gid_list.h"

#include "branch/gid.h"

namespace xaodbc::odbc {

std::string& append_literal(std::string& sql, std::string_view text) {
  sql += '\'';
  for (auto quote = text.find('\''); quote != std::string_view::npos; quote = text.find('\'')) {
    sql.append(text.substr(0, quote)).append("''");
    text.remove_prefix(quote + 1);
  }
  sql += text;
  return sql += '\'';
}

Result<std::vector<ListedBranch>> listed_by_gid(const std::vector<Row>& rows, std::string_view tag,
                                                const std::string& source) {
  std::vector<ListedBranch> branches;
  for (const Row& row : rows) {
    if (row.size() < 2 || !row[0]) {
      return failure(StatusCode::kInternal, source + ": a row without a gid");
    }
    const auto xid = decode_gid(*row[0], tag);
    if (!xid) continue;
    const std::string owner = row.size() > 2 ? row[2].value_or("") : "";
    branches.push_back({*xid, *row[0], row[1].value_or(""), owner, true});
  }
  return branches;
}

}  // namespace xaodbc::odbc
