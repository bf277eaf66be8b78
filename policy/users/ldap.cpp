#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/template.h"
#include "calendar/base/text.h"
#include "policy/ldap/directory.h"
#include "policy/users/user_source.h"

namespace policy::users {
namespace {

using calendar::itip::Address;
using Entry = ldap::Directory::Entry;

constexpr std::size_t longest_name = 100;  // bytes, as in the configuration

std::string filled(const std::string& pattern, const Address& address, std::string (*escape)(std::string_view)) {
    return calendar::base::fill(pattern, {{"local", escape(address.local())},
                                          {"domain", escape(address.domain())},
                                          {"address", escape(address.text())}});
}

std::string first_value(const Entry& entry, const std::string& attribute) {
    const auto found = entry.find(attribute);
    return found == entry.end() || found->second.empty() ? std::string() : found->second.front();
}

/// Directories write addresses as they are, as URIs, or as `SMTP:bob@example.com`.
std::optional<Address> address_of(std::string_view value) {
    constexpr std::string_view scheme = "smtp:";
    if (calendar::base::same_word(value.substr(0, scheme.size()), scheme)) value.remove_prefix(scheme.size());
    return Address::parse(value);
}

/// It becomes part of paths, URLs and log lines.
bool usable_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_name && std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
}

class LdapUsers final : public UserSource {
  public:
    explicit LdapUsers(LdapOptions options) : options_(std::move(options)), directory_(options_.directory) {
        for (std::string* each : {&options_.user_attribute, &options_.preset_attribute, &options_.backend_attribute,
                                  &options_.timezone_attribute})
            if (!each->empty()) wanted_.push_back(*each = calendar::base::lowered(*each));
        for (std::string& each : options_.address_attributes)
            wanted_.push_back(each = calendar::base::lowered(each));
    }

    calendar::base::Found<std::vector<User>> find(const Address& address, calendar::base::Deadline deadline) override {
        const auto entries =
            directory_.search(filled(options_.base, address, &ldap::escape_dn),
                              filled(options_.filter, address, &ldap::escape_filter), wanted_, deadline);
        if (!entries) return tl::unexpected(entries.error());
        std::vector<User> users;
        for (const auto& entry : *entries) {
            auto user = user_of(entry, address);
            if (!user) return tl::unexpected(user.error());
            users.push_back(*std::move(user));
        }
        return users;
    }
    bool immediate() const noexcept override { return false; }

  private:
    calendar::base::Found<User> user_of(const Entry& entry, const Address& address) const {
        User user;
        user.name = first_value(entry, options_.user_attribute);
        if (!usable_name(user.name))
            return tl::unexpected(fmt::format("{}: an entry for {} has no usable '{}'", options_.directory.url,
                                              address.text(), options_.user_attribute));
        user.preset = first_value(entry, options_.preset_attribute);
        user.backend = first_value(entry, options_.backend_attribute);
        user.timezone = first_value(entry, options_.timezone_attribute);
        for (const std::string& attribute : options_.address_attributes) {
            const auto values = entry.find(attribute);
            if (values == entry.end()) continue;
            for (const std::string& value : values->second)
                add_address(user, value);
        }
        return user;
    }

    static void add_address(User& user, const std::string& value) {
        const auto address = address_of(value);
        if (!address) return;  // a telephone number, an X.400 name: proxyAddresses of Active Directory has such
        if (!contains(user.addresses, *address)) user.addresses.push_back(*address);
    }

    LdapOptions options_;
    std::vector<std::string> wanted_;
    ldap::Directory directory_;
};

}  // namespace

std::unique_ptr<UserSource> make_ldap(LdapOptions options) {
    return std::make_unique<LdapUsers>(std::move(options));
}

}  // namespace policy::users
