#include "milter/imipctl/simulation/delivery_trace.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "milter/mail/header/tokens.h"

namespace milter::imipctl {

using calendar::itip::Address;
using mail::Field;

namespace {

constexpr std::size_t longest_value = 64 * 1024;

constexpr std::array<std::string_view, 4> written_by_delivery{"Delivered-To", "X-Original-To", "Envelope-To",
                                                              "X-Envelope-To"};
constexpr std::array<std::string_view, 5> written_by_sender{"To", "Cc", "Bcc", "Resent-To", "Resent-Cc"};
/// Also on top of a message that was delivered: RFC 5321 4.4, what Exim and Sieve write, and the daemon's own field.
constexpr std::array<std::string_view, 5> other_traces{"Return-Path", "Received", "Delivery-Date", "X-Sieve",
                                                       "Calendar-Processing"};

bool is_one_of(const Field& field, std::span<const std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return field.is(name); });
}

/// Every addr-spec of an address list, groups included, but nothing of a display name.
std::vector<Address> addresses_in(std::string_view value) {
    std::vector<Address> found;
    if (value.size() > longest_value) return found;
    const auto tokens = mail::tokens_of(value);
    for (std::size_t i = 0; tokens && i + 2 < tokens->size(); ++i) {
        if (auto address = mail::addr_spec(&(*tokens)[i], &(*tokens)[i] + 3)) found.push_back(*std::move(address));
    }
    return found;
}

/// Looks each address up once, and no more of them than the limit.
class LocalAddresses {
  public:
    explicit LocalAddresses(const std::function<bool(const Address&)>& ask) : ask_(ask) {}

    void add_from(const Field& field, std::vector<std::string>& recipients) {
        for (const auto& address : addresses_in(field.value)) {
            if (is_local(address) &&
                std::find(recipients.begin(), recipients.end(), address.text()) == recipients.end())
                recipients.push_back(address.text());
        }
    }

  private:
    bool is_local(const Address& address) {
        const auto known = asked_.find(address);
        if (known != asked_.end()) return known->second;
        if (asked_.size() == most_addresses_asked) return false;
        return asked_.emplace(address, ask_(address)).first->second;
    }

    const std::function<bool(const Address&)>& ask_;
    std::map<Address, bool> asked_;
};

}  // namespace

std::vector<std::string> recipients_in(const mail::Header& header,
                                       const std::function<bool(const Address&)>& is_local) {
    const auto& fields = header.fields();
    LocalAddresses local(is_local);
    std::vector<std::string> recipients;
    for (const auto name : written_by_delivery) {
        for (const auto& field : fields) {
            if (field.is(name)) local.add_from(field, recipients);
            if (!recipients.empty()) return recipients;
        }
    }
    for (const auto& field : fields) {
        if (is_one_of(field, written_by_sender)) local.add_from(field, recipients);
    }
    return recipients;
}

std::string_view as_received(const mail::Header& header, std::string_view message) {
    for (const auto& field : header.fields()) {
        if (field.is("Authentication-Results"))
            return message.substr(static_cast<std::size_t>(field.whole.data() - message.data()));
        if (!is_one_of(field, written_by_delivery) && !is_one_of(field, other_traces)) break;
    }
    return message;
}

}  // namespace milter::imipctl
