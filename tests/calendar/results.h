#pragma once

#include <string>
#include <variant>

#include "calendar/base/trouble.h"

/// How an answer from outside is compared and shown.
namespace tests {

template <class T>
std::string said(const calendar::base::Result<T>& result) {
    return result ? "no trouble" : calendar::base::detail(result.error());
}

template <class Kind, class T>
bool is(const calendar::base::Result<T>& result) {
    return !result && std::holds_alternative<Kind>(result.error());
}

inline std::string kind(const calendar::base::Trouble& trouble) {
    using namespace calendar::base;
    return std::holds_alternative<Temporary>(trouble)   ? "temporary"
           : std::holds_alternative<Permanent>(trouble) ? "permanent"
                                                        : "conflict";
}
/// `success`, or which kind of trouble.
template <class T>
std::string kind(const calendar::base::Result<T>& result) {
    return result ? "success" : kind(result.error());
}

}  // namespace tests
