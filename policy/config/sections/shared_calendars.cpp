#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "policy/config/config.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/section.h"

namespace policy::config {
namespace {

using calendar::connectors::BackendOptions;
using calendar::connectors::CaldavOptions;
using calendar::connectors::VdirOptions;

bool differs_by_user(std::string_view pattern) {
    constexpr std::array<std::string_view, 3> personal{"{user}", "{local}", "{address}"};
    return std::ranges::any_of(personal, [&](std::string_view one) { return pattern.find(one) != pattern.npos; });
}

/// A server may give each login another calendar.
bool is_personal(const BackendOptions& backend) {
    if (const auto* folder = std::get_if<VdirOptions>(&backend)) return differs_by_user(folder->path);
    const auto& server = std::get<CaldavOptions>(backend);
    return differs_by_user(server.url) || differs_by_user(server.calendar) || server.login.is_personal();
}

/// Whether the users that have this backend may be more than one, as far as the configuration says it.
bool has_several_users(const Config& config, const std::string& backend) {
    const bool is_default = backend == config.default_backend;
    std::size_t users = 0;
    for (const auto& source : config.users.sources) {
        const auto* list = std::get_if<users::StaticOptions>(&source);
        if (list == nullptr && is_default) return true;
        if (list == nullptr) continue;
        users += static_cast<std::size_t>(std::ranges::count_if(list->users, [&](const users::User& user) {
            return user.backend == backend || (user.backend.empty() && is_default);
        }));
    }
    return users > 1;
}

}  // namespace

void warn_of_shared_calendars(Section& top, const Config& config) {
    const Value* value = top.find("backends");
    if (value == nullptr) return;
    for (const Entry& entry : value->entries) {
        const auto backend = config.backends.find(entry.key);
        if (backend == config.backends.end() || entry.value.kind != Value::Kind::map) continue;
        if (is_personal(backend->second) || !has_several_users(config, entry.key)) continue;
        Section section(entry.value, "backends." + entry.key, top.mistakes());
        const char* const key = std::holds_alternative<VdirOptions>(backend->second) ? "path" : "url";
        if (const Value* place = section.find(key); place != nullptr && !place->text.empty())
            top.mistakes().warn(place->place,
                                fmt::format("'{}' is the same for all users, so the invitations of all go into one "
                                            "calendar; add a placeholder such as {{user}}",
                                            section.name(key)));
    }
}

}  // namespace policy::config
