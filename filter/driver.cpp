#include "filter/driver.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "filter/hooks.h"

namespace xaodbc::filter {
namespace {

bool is_psqlodbc(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return name == "psqlodbcw.so" || name == "psqlodbca.so";
}

std::vector<std::string> loaded_drivers() {
  std::vector<std::string> paths;
  const auto look = [](dl_phdr_info* info, std::size_t, void* found) {
    if (is_psqlodbc(info->dlpi_name)) {
      static_cast<std::vector<std::string>*>(found)->emplace_back(info->dlpi_name);
    }
    return 0;
  };
  dl_iterate_phdr(look, &paths);
  return paths;
}

/// A stretch of memory.
struct Range {
  std::uintptr_t base = 0;  ///< of the library that it is part of
  std::uintptr_t start = 0;
  std::uintptr_t end = 0;
  [[nodiscard]] bool contains(std::uintptr_t address) const {
    return address >= start && address < end;
  }
};

/// What the dynamic linker made read-only when it was done with the library at that base.
Range read_only_part(std::uintptr_t base) {
  Range range{.base = base};
  const auto look = [](dl_phdr_info* info, std::size_t, void* wanted) {
    auto& part = *static_cast<Range*>(wanted);
    if (info->dlpi_addr != part.base) return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& header = info->dlpi_phdr[i];
      if (header.p_type != PT_GNU_RELRO) continue;
      part.start = part.base + header.p_vaddr;
      part.end = part.start + header.p_memsz;
    }
    return 1;
  };
  dl_iterate_phdr(look, &range);
  return range;
}

/// A driver and the places in it that hold the addresses of functions of other libraries.
class Driver {
 public:
  explicit Driver(const link_map& map) : base_(map.l_addr), read_only_(read_only_part(base_)) {
    for (const auto* entry = map.l_ld; entry->d_tag != DT_NULL; ++entry) note(*entry);
  }

  /// Every place for that function.
  [[nodiscard]] std::vector<void**> places(std::string_view function) const {
    std::vector<void**> found;
    for (const auto& table : {jumps_, relocations_}) {
      const auto count = table.bytes / sizeof(Elf64_Rela);
      for (std::size_t i = 0; i < count; ++i) {
        if (is_for(table.first[i], function)) {
          found.push_back(reinterpret_cast<void**>(base_ + table.first[i].r_offset));
        }
      }
    }
    return found;
  }

  /// The page stays writable: another thread may be about to write there as well, and a lock for
  /// both could be left taken by a fork (I9).
  void lead(void** place, void* function) const {
    const std::atomic_ref<void*> now(*place);
    if (now.load() != function && make_writable(place)) now.store(function);
  }

 private:
  struct Table {
    const Elf64_Rela* first = nullptr;
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool make_writable(void** place) const {
    const auto address = reinterpret_cast<std::uintptr_t>(place);
    if (!read_only_.contains(address)) return true;
    const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    auto* const page = reinterpret_cast<void*>(address / page_size * page_size);
    return mprotect(page, page_size, PROT_READ | PROT_WRITE) == 0;
  }
  void note(const ElfW(Dyn) & entry) {
    const auto at = [&]<class T>(const T*& target) {
      target = reinterpret_cast<const T*>(entry.d_un.d_ptr);
    };
    switch (entry.d_tag) {
      case DT_SYMTAB:
        return at(symbols_);
      case DT_STRTAB:
        return at(names_);
      case DT_JMPREL:
        return at(jumps_.first);
      case DT_PLTRELSZ:
        jumps_.bytes = entry.d_un.d_val;
        return;
      case DT_RELA:
        return at(relocations_.first);
      case DT_RELASZ:
        relocations_.bytes = entry.d_un.d_val;
        return;
      default:
        return;
    }
  }
  [[nodiscard]] bool is_for(const Elf64_Rela& relocation, std::string_view function) const {
    const auto type = ELF64_R_TYPE(relocation.r_info);
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) return false;
    return function == names_ + symbols_[ELF64_R_SYM(relocation.r_info)].st_name;
  }

  std::uintptr_t base_;
  Range read_only_;
  const Elf64_Sym* symbols_ = nullptr;
  const char* names_ = nullptr;
  Table jumps_;
  Table relocations_;
};

template <class Function>
bool find(void* library, const char* name, Function*& target) {
  target = reinterpret_cast<Function*>(dlsym(library, name));
  return target != nullptr;
}

bool find_libpq(void* library, Libpq& libpq) {
  return find(library, "PQsendQuery", libpq.send_query) &&
         find(library, "PQgetResult", libpq.get_result) && find(library, "PQexec", libpq.exec) &&
         find(library, "PQexecParams", libpq.exec_params) &&
         find(library, "PQexecPrepared", libpq.exec_prepared) &&
         find(library, "PQprepare", libpq.prepare) &&
         find(library, "PQdescribePrepared", libpq.describe_prepared) &&
         find(library, "PQresultErrorField", libpq.result_error_field) &&
         find(library, "PQfinish", libpq.finish) &&
         find(library, "PQresultStatus", libpq.result_status) &&
         find(library, "PQcmdStatus", libpq.command_status) &&
         find(library, "PQtransactionStatus", libpq.transaction_status) &&
         find(library, "PQsocket", libpq.socket) && find(library, "PQclear", libpq.clear) &&
         find(library, "PQmakeEmptyPGresult", libpq.make_result) &&
         find(library, "PQstatus", libpq.connection_status) &&
         find(library, "PQerrorMessage", libpq.error_message) &&
         find(library, "PQconsumeInput", libpq.consume_input) &&
         find(library, "PQisBusy", libpq.is_busy) && find(library, "PQntuples", libpq.tuples) &&
         find(library, "PQnfields", libpq.fields) && find(library, "PQgetvalue", libpq.value) &&
         find(library, "PQsetNoticeReceiver", libpq.set_notice_receiver);
}

/// By these, too, could be sent. psqlODBC 13.02 uses none of them; of a driver that does, not
/// everything would pass the hooks.
constexpr std::array<std::string_view, 8> kNotHooked = {
    "PQsendQueryParams",      "PQsendPrepare", "PQsendQueryPrepared",
    "PQsendDescribePrepared", "PQfn",          "lo_open",
    "PQenterPipelineMode",    "PQresetStart"};

/// It has connected already, so its calls of PQsendQuery are resolved: to the function that the
/// driver's own libpq has under that name, or to our hook. Anything else is somebody else's game.
bool calls_as_we_know(const Driver& driver, const Libpq& libpq) {
  const auto is_used = [&](auto name) { return !driver.places(name).empty(); };
  if (std::ranges::any_of(kNotHooked, is_used)) return false;
  const auto places = driver.places("PQsendQuery");
  return !places.empty() && std::ranges::all_of(places, [&](void** place) {
    const void* const now = std::atomic_ref<void*>(*place).load();
    return now == reinterpret_cast<void*>(libpq.send_query) || now == hooks()[0].function;
  });
}

bool hook_driver(const std::string& path) {
  // A libpq that is unloaded and loaded elsewhere would leave the hooks with its old address.
  void* const library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  link_map* map = nullptr;
  Libpq libpq;
  if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 ||
      !find_libpq(library, libpq)) {
    return false;
  }
  const Driver driver(*map);
  if (!calls_as_we_know(driver, libpq) || !use_libpq(libpq)) return false;
  for (const Hook& hook : hooks()) {
    for (void** place : driver.places(hook.name)) driver.lead(place, hook.function);
  }
  return true;
}

}  // namespace

bool hook_drivers() {
  bool any = false;
  for (const auto& path : loaded_drivers()) any = hook_driver(path) || any;
  return any;
}

}  // namespace xaodbc::filter
