#include "policy/address_books/contacts.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace policy::address_books {

Contacts::Contacts(std::vector<std::string> entries) {
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    const std::size_t bytes = std::accumulate(entries.begin(), entries.end(), std::size_t{0},
                                              [](std::size_t sum, const std::string& e) { return sum + e.size(); });
    if (bytes > INT32_MAX) throw std::length_error("more than 2 GiB of addresses");
    text_.reserve(bytes);
    starts_.reserve(entries.size());
    for (const std::string& each : entries) {
        starts_.push_back(static_cast<std::uint32_t>(text_.size()));
        text_ += each;
    }
}

bool Contacts::has(const calendar::itip::Address& address) const {
    return contains(address.text()) || contains("@" + std::string(address.domain()));
}

bool Contacts::contains(std::string_view wanted) const {
    std::size_t low = 0;
    std::size_t high = starts_.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (entry(middle) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < starts_.size() && entry(low) == wanted;
}

std::string_view Contacts::entry(std::size_t index) const noexcept {
    const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
    return std::string_view(text_).substr(starts_[index], end - starts_[index]);
}

}  // namespace policy::address_books
