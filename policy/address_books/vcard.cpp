#include <fmt/format.h>

#include "calendar/base/text.h"
#include "policy/address_books/contact_files.h"
#include "policy/address_books/vcard_emails.h"

namespace policy::address_books {
namespace {

/// As the vdir format says: no hidden files, and none that is being written (`.tmp`).
bool is_vcard(std::string_view name) {
    constexpr std::string_view suffix = ".vcf";
    return !name.starts_with('.') && name.size() > suffix.size() &&
           calendar::base::same_word(name.substr(name.size() - suffix.size()), suffix);
}

calendar::base::Found<void> read_vcards(const std::string& path, std::string_view text, Entries& entries) {
    if (!collect_emails(text, entries.contacts))
        return tl::unexpected(fmt::format("{}: more than {} addresses", path, most_emails));
    return {};
}

}  // namespace

std::unique_ptr<AddressBook> make_vcard_book(VcardOptions options) {
    return make_files_book(std::move(options.path),
                           {.is_ours = &is_vcard, .read = &read_vcards, .look_again = std::chrono::seconds(1)});
}

}  // namespace policy::address_books
