#include <fmt/format.h>

#include "policy/config/outside.h"
#include "policy/config/sections.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::connectors::BackendOptions;
using calendar::connectors::CaldavOptions;
using calendar::connectors::VdirOptions;

constexpr std::string_view types[] = {"vdir", "caldav", "ischedule", "exec", "http"};

VdirOptions read_vdir(Section& section) {
    VdirOptions options;
    const std::string path = read_pattern(section, "path");
    if (!path.empty()) options.path = beside(section.find("path")->place, path);
    return options;
}

CaldavOptions read_caldav(Section& section) {
    using namespace std::chrono_literals;
    CaldavOptions options;
    if (const std::string url = read_pattern(section, "url"); !url.empty()) {
        if (const auto wrong = http_url_error(url); !wrong.empty())
            section.mistakes().add(section.find("url")->place, fmt::format("'{}' {}", section.name("url"), wrong));
        options.url = url.ends_with('/') ? url : url + '/';
    }
    options.calendar = "default";
    if (section.find("calendar") != nullptr) options.calendar = read_pattern(section, "calendar");
    if (options.calendar.find_first_of("/?#") != std::string::npos || options.calendar.starts_with('.'))
        section.mistakes().add(
            section.find("calendar")->place,
            fmt::format("'{}' is one part of a URL: without '/', '?' and '#', and with no '.' at its start",
                        section.name("calendar")));
    if (section.find("username") != nullptr) options.username = read_pattern(section, "username");
    std::string password_file;
    section.text("password_file", password_file);
    const Value* file = section.find("password_file");
    if (!password_file.empty()) options.password_file = beside(file->place, password_file);
    if ((section.find("username") == nullptr) != (file == nullptr))
        section.mistakes().add(section.value().place, "'username' and 'password_file' go together");
    section.duration("timeout", options.timeout, 100ms, 300s);
    return options;
}

BackendOptions read_backend(const std::string& name, const Value& value, Mistakes& mistakes) {
    Section section(value, "backends." + name, mistakes);
    const Value* type = section.require("type");
    if (type == nullptr) return VdirOptions{};
    const auto index = read_choice(*type, section.name("type"), {std::begin(types), std::end(types)}, mistakes);
    if (!index) return VdirOptions{};
    BackendOptions options;
    if (types[*index] == "vdir") {
        options = read_vdir(section);
    } else if (types[*index] == "caldav") {
        options = read_caldav(section);
    } else {
        mistakes.add(type->place, fmt::format("{}: not supported in this version", types[*index]));
        return options;
    }
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
        if (!is_name(entry.key))
            top.mistakes().add(entry.place,
                               fmt::format("'{}' cannot be a name: letters, digits, '-' and '_'", shown(entry.key)));
        config.backends.emplace(entry.key, read_backend(entry.key, entry.value, top.mistakes()));
    }
    if (config.backends.contains(config.default_backend)) return;
    const Value* named = top.find("backend");
    std::vector<std::string_view> names;
    for (const auto& [name, options] : config.backends)
        names.push_back(name);
    top.mistakes().add(named != nullptr ? named->place : value->place,
                       fmt::format("there is no backend '{}'{}{}", shown(config.default_backend),
                                   suggestion(config.default_backend, names),
                                   named != nullptr ? "" : "; name the one to use with 'backend'"));
}

}  // namespace policy::config
