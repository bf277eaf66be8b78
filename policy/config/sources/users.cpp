#include <map>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "policy/config/outside.h"
#include "policy/config/read_sections.h"
#include "policy/config/sources/sources.h"
#include "policy/config/text/files.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::itip::Address;
using users::DomainOptions;
using users::StaticOptions;

constexpr std::string_view of_recipient[] = {"{local}", "{domain}"};

/// An IANA name that this system has rules for.
bool is_time_zone(const std::string& name) {
    return calendar::base::letters_digits_or(name, "_+-/") && !name.starts_with('/') &&
           file_error("/usr/share/zoneinfo/" + name).empty();
}

class Reader {
  public:
    Reader(Config& config, Mistakes& mistakes) : config_(config), mistakes_(mistakes) {}

    StaticOptions read_static(const Value& value) {
        StaticOptions source;
        if (value.kind != Value::Kind::sequence)
            must(value, "users.static", "be a list such as [{user: bob, addresses: [bob@example.com]}]", mistakes_);
        for (const Value& item : value.items) {
            users::User user = read_user(item);
            if (!user.addresses.empty()) source.users.push_back(std::move(user));
        }
        return source;
    }

    DomainOptions read_domain(const Value& value) {
        DomainOptions source;
        Section section(value, "users.domain", mistakes_);
        section.require("domains");
        read_domains(section, "domains", source.domains);
        source.user = section.find("user") == nullptr ? "{local}" : read_pattern(section, "user", of_recipient);
        if (const Value* addresses = section.find("addresses")) {
            for (const Value* item : read_texts(*addresses, "users.domain.addresses", mistakes_)) {
                check_placeholders(*item, "users.domain.addresses", of_recipient, mistakes_);
                if (std::count(item->text.begin(), item->text.end(), '@') != 1)
                    must(*item, "users.domain.addresses", "contain one '@' in each address", mistakes_);
                source.addresses.push_back(item->text);
            }
        }
        section.finish();
        return source;
    }

  private:
    users::User read_user(const Value& value) {
        users::User user;
        seen_.clear();
        Section section(value, "users.static", mistakes_);
        section.require("user");
        section.text("user", user.name);
        if (!user.name.empty() && !is_label(user.name)) section.must("user", label_rule);
        if (const Value* addresses = section.require("addresses")) {
            for (const Value* text : read_some_texts(*addresses, "users.static.addresses", mistakes_))
                add_address(user, *text);
        }
        section.text("preset", user.preset);
        if (!user.preset.empty() && !config_.presets.contains(user.preset))
            mistakes_.add(section.find("preset")->place, unknown_name("preset", user.preset, config_.presets));
        if (const Value* calendar = section.find("calendar")) read_calendar(*calendar, user);
        section.text("timezone", user.timezone);
        if (!user.timezone.empty() && !is_time_zone(user.timezone))
            section.must("timezone", "be an IANA time zone such as Europe/Berlin");
        section.finish();
        return user;
    }

    void read_calendar(const Value& value, users::User& user) {
        Section section(value, "users.static.calendar", mistakes_);
        section.text("backend", user.backend);
        if (!user.backend.empty() && !config_.backends.contains(user.backend))
            mistakes_.add(section.find("backend")->place, unknown_name("backend", user.backend, config_.backends));
        section.finish();
    }

    void add_address(users::User& user, const Value& text) {
        const auto address = Address::parse(text.text);
        if (!address) {
            must(text, "users.static.addresses", "contain only email addresses", mistakes_);
            return;
        }
        const auto [first, is_new] = seen_.emplace(address->text(), text.place);
        if (is_new)
            user.addresses.push_back(*address);
        else
            mistakes_.add(text.place, fmt::format("duplicate address '{}'; first used at {}", address->text(),
                                                  first->second.text()));
    }

    Config& config_;
    Mistakes& mistakes_;
    std::map<std::string, Place> seen_;  ///< addresses of one user
};

}  // namespace

void read_users(Section& top, Config& config) {
    Mistakes& mistakes = top.mistakes();
    std::string delimiter = "+";
    if (const Value* value = top.find("recipient_delimiter")) {
        if (value->kind == Value::Kind::scalar && value->text.size() <= 8 && value->text.find('@') == std::string::npos)
            delimiter = value->text;
        else
            top.must("recipient_delimiter", R"(be up to 8 characters other than '@', such as "+", or "" for none)");
    }
    const Value* value = top.require("users");
    if (value == nullptr) return;
    if (value->kind != Value::Kind::sequence || value->items.empty())
        top.must("users", "be a non-empty list of sources such as [{domain: {domains: [example.com]}}]");
    Reader reader(config, mistakes);
    auto& sources = config.users.sources;
    for (const Value& item : value->items) {
        Section source(item, "users", mistakes);
        if (item.entries.size() != 1 && item.kind == Value::Kind::map)
            mistakes.add(item.place, "a source of users must have exactly one of the keys static, ldap, sql, domain");
        if (const Value* users = source.find("static")) sources.emplace_back(reader.read_static(*users));
        if (const Value* domain = source.find("domain")) sources.emplace_back(reader.read_domain(*domain));
        if (const Value* ldap = source.find("ldap")) sources.emplace_back(read_ldap_users(*ldap, mistakes));
        if (const Value* sql = source.find("sql")) sources.emplace_back(read_sql_users(*sql, mistakes));
        source.finish();
    }
    config.users.recipient_delimiter = std::move(delimiter);
}

}  // namespace policy::config
