#pragma once

#include <map>
#include <string_view>

#include "calendar/base/deadline.h"
#include "milter/authentication/dkim/dkim.h"
#include "milter/authentication/dkim/signature_rules.h"

struct dkim;
struct dkim_lib;
struct dkim_siginfo;

/// The keys of one message, asked for by libopendkim.
namespace milter::authentication {

/// What libopendkim's callbacks for one message need and find out; its user context (dkim_set_user_context()).
struct DkimLookups {
    KeySource& keys;
    const policy::config::Authentication& options;
    std::string_view from_domain;
    calendar::base::Deadline deadline;
    std::map<const dkim_siginfo*, Verdict> troubles{};  ///< of those whose key is missing, by signature
    bool done = false;                                  ///< the signatures were processed
};

/// From now on every message of this library has its keys from its DkimLookups. Throws std::runtime_error.
void use_lookups(dkim_lib* library);

}  // namespace milter::authentication
