#include "policy/address_books/address_book.h"

namespace policy::address_books {
namespace {

struct Make {
    const Correspondence& correspondence;
    const Report& report;

    std::unique_ptr<AddressBook> operator()(const FileOptions& options) const {
        return make_file_book(options, report);
    }
    std::unique_ptr<AddressBook> operator()(const VcardOptions& options) const { return make_vcard_book(options); }
    std::unique_ptr<AddressBook> operator()(const CarddavOptions& options) const { return make_carddav_book(options); }
    std::unique_ptr<AddressBook> operator()(const LdapOptions& options) const { return make_ldap_book(options); }
    std::unique_ptr<AddressBook> operator()(const LearnedOptions& options) const {
        return make_learned_book(options, correspondence);
    }
};

}  // namespace

std::unique_ptr<AddressBook> make_book(const Options& options, const Correspondence& correspondence,
                                       const Report& report) {
    return std::visit(Make{correspondence, report}, options);
}

}  // namespace policy::address_books
