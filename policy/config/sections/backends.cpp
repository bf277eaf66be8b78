#include "policy/config/login.h"
#include "policy/config/outside.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::connectors::BackendOptions;
using calendar::connectors::CaldavOptions;
using calendar::connectors::VdirOptions;

bool has_placeholder(std::string_view text) {
    return text.find('{') != std::string_view::npos;
}

/// Whose calendar it is must follow from something that differs between users.
void read_place(Section& section, CaldavOptions& options) {
    options.calendar = "default";
    if (section.find("calendar") != nullptr) options.calendar = read_pattern(section, "calendar");
    if (options.calendar.find_first_of("/?#") != std::string::npos || options.calendar.starts_with('.'))
        section.must("calendar",
                     "be a single part of a URL path, without '/', '?' or '#' and with no '.' at the start");
    if (section.find("principal") != nullptr) {
        options.principal = read_pattern(section, "principal");
        if (!options.principal.starts_with('/') || !has_placeholder(options.principal) ||
            options.principal.find_first_of("?#") != std::string::npos)
            section.must("principal", "be a path with a placeholder, such as /principals/users/{user}/");
        if (has_placeholder(options.url)) section.fault("principal", "is only valid if 'url' has no placeholder");
        if (has_placeholder(options.calendar))
            section.fault("principal", "is only valid if 'calendar' has no placeholder");
    }
    if (options.calendar != "auto") return;
    options.calendar.clear();
    if (options.principal.empty() && !has_placeholder(options.url) && !options.login.is_personal())
        section.must("calendar",
                     "name a calendar; 'auto' needs 'principal', a 'url' with a placeholder, or a login for each user, "
                     "because otherwise the events of all users would be stored in one calendar");
}

CaldavOptions read_caldav(Section& section) {
    using namespace std::chrono_literals;
    CaldavOptions options;
    options.url = read_http_url(section);
    options.login = read_login(section);
    read_place(section, options);
    section.duration("timeout", options.timeout, 100ms, 300s);
    section.boolean("quiet", options.quiet);
    return options;
}

BackendOptions read_backend(const std::string& name, const Value& value, Mistakes& mistakes) {
    Section section(value, "backends." + name, mistakes);
    const Value* type = section.require("type");
    if (type == nullptr) return VdirOptions{};
    if (!read_choice(*type, section.name("type"), {"vdir", "caldav"}, mistakes)) return VdirOptions{};
    BackendOptions options;
    if (type->text == "vdir")
        options = VdirOptions{read_path_pattern(section, "path")};
    else
        options = read_caldav(section);
    section.finish();
    return options;
}

}  // namespace

void read_backends(Section& top, Config& config) {
    const Value* value = top.require("backends");
    config.default_backend = "default";
    top.text("backend", config.default_backend);
    if (value == nullptr) return;
    const Section shape(*value, "backends", top.mistakes());
    if (value->kind != Value::Kind::map) return;
    for (const Entry& entry : value->entries) {
        if (!is_name(entry.key)) top.mistakes().add(entry.place, name_fault(entry.key));
        config.backends.emplace(entry.key, read_backend(entry.key, entry.value, top.mistakes()));
    }
    if (config.backends.contains(config.default_backend)) return;
    if (const Value* named = top.find("backend"))
        top.mistakes().add(named->place, unknown_name("backend", config.default_backend, config.backends));
    else
        top.mistakes().add(value->place,
                           "'backend' is missing; set it to the backend of users who have none of their own");
}

}  // namespace policy::config
