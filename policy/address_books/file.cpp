#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "policy/address_books/contact_files.h"

namespace policy::address_books {
namespace {

using calendar::itip::Address;

std::string_view without_comment(std::string_view line) {
    // '#' may stand within a local part, so a comment starts the line or follows white space.
    for (std::size_t i = 0; i < line.size(); ++i)
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) line = line.substr(0, i);
    return calendar::base::trimmed(line, calendar::base::white_space);
}

calendar::base::Found<void> read_lines(const std::string& path, std::string_view text, Entries& entries) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_comment(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        const bool whole_domain = line.starts_with("*@");
        const auto address = Address::parse(whole_domain ? "x" + std::string(line.substr(1)) : std::string(line));
        if (!address) {
            if (++entries.skipped == 1)
                entries.first_skipped = fmt::format("{}:{}: neither an address nor *@domain", path, number);
            continue;
        }
        entries.contacts.push_back(whole_domain ? "@" + std::string(address->domain()) : address->text());
    }
    return {};
}

}  // namespace

std::unique_ptr<AddressBook> make_file_book(FileOptions options, Report report) {
    return make_files_book(std::move(options.path), {.is_ours = nullptr, .read = &read_lines, .look_again = {}},
                           std::move(report));
}

}  // namespace policy::address_books
