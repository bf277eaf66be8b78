#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include <tl/expected.hpp>

namespace calendar::base {

/// Whom temporary trouble concerns.
enum class Reach {
    backend,  ///< all users
    user,     ///< one user: the calendar is missing, cannot be searched, or is full
    write     ///< one write: the server works, and refuses it for reasons that may be an administrator's to change
};

/// May work later: the server is down, busy or slow, the calendar is missing, the disk is full.
struct Temporary {
    std::string detail;
    std::optional<std::chrono::seconds> retry_after;  ///< what the server asked for
    Reach reach = Reach::backend;
};
/// Will not work however often it is tried: refused, not a calendar object.
struct Permanent {
    std::string detail;
};
/// The object changed between fetch and store: fetch and apply again.
struct Conflict {
    std::string detail;
};

/// `detail` is one line for people that never holds a secret; it may quote the server, so pass it through printable().
using Trouble = std::variant<Temporary, Permanent, Conflict>;

template <class T>
using Result = tl::expected<T, Trouble>;

inline const std::string& detail(const Trouble& trouble) {
    return std::visit([](const auto& kind) -> const std::string& { return kind.detail; }, trouble);
}

}  // namespace calendar::base
