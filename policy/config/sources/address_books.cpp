#include "policy/config/outside.h"
#include "policy/config/read_sections.h"
#include "policy/config/sources/sources.h"

namespace policy::config {
namespace {

constexpr std::string_view types[] = {"file", "vcard", "carddav", "ldap", "learned"};

address_books::LearnedOptions read_learned(Section& section) {
    address_books::LearnedOptions options;
    section.count("after", options.after, 1, 1000);
    return options;
}

address_books::Options read_book(Section& section, std::string_view type) {
    if (type == "file") return address_books::FileOptions{read_path_pattern(section, "path")};
    if (type == "vcard") return address_books::VcardOptions{read_path_pattern(section, "path")};
    if (type == "carddav") return read_carddav_book(section);
    if (type == "ldap") return read_ldap_book(section);
    return read_learned(section);
}

}  // namespace

void read_address_books(Section& top, Config& config) {
    const Value* value = top.find("address_books");
    if (value == nullptr) return;
    if (value->kind != Value::Kind::sequence)
        top.must("address_books", "be a list such as [{type: file, path: \"contacts/{user}\"}]");
    for (const Value& item : value->items) {
        Section section(item, "address_books", top.mistakes());
        const Value* type = section.require("type");
        if (type == nullptr) continue;
        const auto index =
            read_choice(*type, "address_books.type", {std::begin(types), std::end(types)}, top.mistakes());
        if (!index) continue;
        config.address_books.push_back(read_book(section, types[*index]));
        section.finish();
    }
}

}  // namespace policy::config
