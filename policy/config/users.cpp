#include <map>

#include <fmt/format.h>

#include "policy/config/outside.h"
#include "policy/config/sections.h"
#include "policy/config/text/files.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::itip::Address;
using users::DomainOptions;
using users::StaticOptions;

std::string_view unknown_template(std::string_view text) {
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const std::string_view rest = text.substr(open);
        const std::string_view word =
            rest.substr(0, rest.find('}') == std::string_view::npos ? rest.size() : rest.find('}') + 1);
        if (word != "{local}" && word != "{domain}") return word;
    }
    return {};
}

/// An IANA name that this system has rules for.
bool is_time_zone(const std::string& name) {
    const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
                       std::string::npos;
    return plain && !name.starts_with('/') && file_error("/usr/share/zoneinfo/" + name).empty();
}

class Reader {
  public:
    Reader(Config& config, Mistakes& mistakes) : config_(config), mistakes_(mistakes) {}

    StaticOptions read_static(const Value& value) {
        StaticOptions source;
        if (value.kind != Value::Kind::sequence)
            mistakes_.add(value.place,
                          "'users.static' wants a list such as [{user: bob, addresses: [bob@example.com]}]");
        for (const Value& item : value.items) {
            users::User user = read_user(item);
            if (!user.addresses.empty()) source.users.push_back(std::move(user));
        }
        return source;
    }

    DomainOptions read_domain(const Value& value) {
        DomainOptions source;
        Section section(value, "users.domain", mistakes_);
        if (const Value* domains = section.require("domains")) {
            for (const Value* item : read_texts(*domains, "users.domain.domains", mistakes_)) {
                source.domains.push_back(ascii_domain(item->text));
                if (source.domains.back().empty())
                    mistakes_.add(item->place, fmt::format("'{}' is no domain", shown(item->text)));
            }
        }
        source.user = "{local}";
        section.text("user", source.user);
        if (const Value* user = section.find("user")) check_template(*user, source.user);
        if (const Value* addresses = section.find("addresses")) {
            for (const Value* item : read_texts(*addresses, "users.domain.addresses", mistakes_)) {
                check_template(*item, item->text);
                if (std::count(item->text.begin(), item->text.end(), '@') != 1)
                    mistakes_.add(item->place, fmt::format("'{}' makes no address", shown(item->text)));
                source.addresses.push_back(item->text);
            }
        }
        section.finish();
        return source;
    }

  private:
    users::User read_user(const Value& value) {
        users::User user;
        Section section(value, "users.static", mistakes_);
        section.require("user");
        section.text("user", user.name);
        if (!user.name.empty() && !is_label(user.name))
            mistakes_.add(section.find("user")->place, "'users.static.user' is one line of at most 100 bytes");
        if (const Value* addresses = section.require("addresses")) {
            const auto texts = read_texts(*addresses, "users.static.addresses", mistakes_);
            if (addresses->kind == Value::Kind::sequence && addresses->items.empty())
                mistakes_.add(addresses->place, "'users.static.addresses' wants at least one address");
            for (const Value* text : texts)
                add_address(user, *text);
        }
        section.text("preset", user.preset);
        if (!user.preset.empty() && !config_.presets.contains(user.preset))
            unknown("preset", *section.find("preset"), config_.presets);
        if (const Value* calendar = section.find("calendar")) read_calendar(*calendar, user);
        section.text("timezone", user.timezone);
        if (!user.timezone.empty() && !is_time_zone(user.timezone))
            mistakes_.add(section.find("timezone")->place,
                          fmt::format("'{}' is no IANA time zone", shown(user.timezone)));
        section.finish();
        return user;
    }

    void read_calendar(const Value& value, users::User& user) {
        Section section(value, "users.static.calendar", mistakes_);
        section.text("backend", user.backend);
        if (!user.backend.empty() && !config_.backends.contains(user.backend))
            unknown("backend", *section.find("backend"), config_.backends);
        section.finish();
    }

    void add_address(users::User& user, const Value& text) {
        const auto address = Address::parse(text.text);
        if (!address) {
            mistakes_.add(text.place, fmt::format("'{}' is no address", shown(text.text)));
            return;
        }
        const auto [first, is_new] = seen_.emplace(address->text(), text.place);
        if (is_new)
            user.addresses.push_back(*address);
        else
            mistakes_.add(text.place,
                          fmt::format("'{}' stands twice (first at {})", address->text(), first->second.text()));
    }

    void check_template(const Value& value, const std::string& text) {
        if (const auto word = unknown_template(text); !word.empty())
            mistakes_.add(value.place,
                          fmt::format("'users.domain' knows {{local}} and {{domain}}, not {}", shown(word)));
    }

    template <class Map>
    void unknown(std::string_view what, const Value& value, const Map& known) {
        std::vector<std::string_view> names;
        names.reserve(known.size());
        for (const auto& [name, ignored] : known)
            names.push_back(name);
        mistakes_.add(value.place,
                      fmt::format("there is no {} '{}'{}", what, shown(value.text), suggestion(value.text, names)));
    }

    Config& config_;
    Mistakes& mistakes_;
    std::map<std::string, Place> seen_;
};

}  // namespace

void read_users(Section& top, Config& config) {
    Mistakes& mistakes = top.mistakes();
    std::string delimiter = "+";
    if (const Value* value = top.find("recipient_delimiter")) {
        if (value->kind == Value::Kind::scalar && value->text.size() <= 8 && value->text.find('@') == std::string::npos)
            delimiter = value->text;
        else
            mistakes.add(
                value->place,
                R"('recipient_delimiter' wants the characters that start an extension, such as "+", or "" for none)");
    }
    const Value* value = top.require("users");
    if (value == nullptr) return;
    if (value->kind != Value::Kind::sequence || value->items.empty())
        mistakes.add(value->place, "'users' wants a list of sources such as [{domain: {domains: [example.com]}}]");
    Reader reader(config, mistakes);
    auto& sources = config.users.sources;
    for (const Value& item : value->items) {
        Section source(item, "users", mistakes);
        if (item.entries.size() != 1 && item.kind == Value::Kind::map)
            mistakes.add(item.place, "a source of users is one of static, ldap, sql, domain");
        if (const Value* users = source.find("static")) sources.emplace_back(reader.read_static(*users));
        if (const Value* domain = source.find("domain")) sources.emplace_back(reader.read_domain(*domain));
        if (const Value* ldap = source.find("ldap")) sources.emplace_back(read_ldap_users(*ldap, mistakes));
        if (const Value* sql = source.find("sql")) sources.emplace_back(read_sql_users(*sql, mistakes));
        source.finish();
    }
    config.users.recipient_delimiter = std::move(delimiter);
}

}  // namespace policy::config
