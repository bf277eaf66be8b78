#include <fmt/format.h>

#include "policy/config/sections.h"

namespace policy::config {
namespace {

constexpr std::string_view types[] = {"file", "carddav", "ldap", "learned"};

void read_file(Section& section, Config& config) {
    section.require("path");
    std::string path;
    section.text("path", path);
    section.finish();
    if (path.empty()) return;
    const Place& place = section.find("path")->place;
    if (const std::string unknown = calendar::connectors::unknown_placeholder(path); !unknown.empty())
        section.mistakes().add(place, fmt::format("'{}' knows {{user}}, {{local}}, {{domain}} and {{address}}, not {}",
                                                  section.name("path"), shown(unknown)));
    config.address_books.push_back({beside(place, path)});
}

}  // namespace

void read_address_books(Section& top, Config& config) {
    const Value* value = top.find("address_books");
    if (value == nullptr) return;
    if (value->kind != Value::Kind::sequence)
        top.mistakes().add(value->place,
                           "'address_books' wants a list such as [{type: file, path: \"contacts/{user}\"}]");
    for (const Value& item : value->items) {
        Section section(item, "address_books", top.mistakes());
        const Value* type = section.require("type");
        if (type == nullptr) continue;
        const auto index =
            read_choice(*type, "address_books.type", {std::begin(types), std::end(types)}, top.mistakes());
        if (!index) continue;
        if (types[*index] == "file")
            read_file(section, config);
        else
            top.mistakes().add(type->place, fmt::format("{}: not supported in this version", types[*index]));
    }
}

}  // namespace policy::config
