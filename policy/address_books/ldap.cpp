#include "calendar/base/template.h"
#include "policy/address_books/address_book.h"
#include "policy/ldap/directory.h"

namespace policy::address_books {
namespace {

using calendar::base::Owner;
using calendar::itip::Address;

class LdapBook final : public AddressBook {
  public:
    explicit LdapBook(LdapOptions options) : options_(std::move(options)), directory_(options_.directory) {}

    calendar::base::Found<bool> knows(const Owner& owner, const Address& sender,
                                      calendar::base::Deadline deadline) override {
        return directory_
            .search(filled(options_.base, owner, sender, &ldap::escape_dn),
                    filled(options_.filter, owner, sender, &ldap::escape_filter), {}, deadline)
            .map([](const std::vector<ldap::Directory::Entry>& entries) { return !entries.empty(); });
    }
    bool immediate() const noexcept override { return false; }

  private:
    static std::string filled(const std::string& pattern, const Owner& owner, const Address& sender,
                              std::string (*escape)(std::string_view)) {
        auto values = calendar::base::values_of(owner);
        values.emplace("sender", sender.text());
        for (auto& [name, value] : values)
            value = escape(value);
        return calendar::base::fill(pattern, values);
    }

    const LdapOptions options_;
    ldap::Directory directory_;
};

}  // namespace

std::unique_ptr<AddressBook> make_ldap_book(LdapOptions options) {
    return std::make_unique<LdapBook>(std::move(options));
}

}  // namespace policy::address_books
