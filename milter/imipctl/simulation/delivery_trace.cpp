#include "milter/imipctl/simulation/delivery_trace.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "milter/authentication/tokens.h"
#include "milter/imipctl/client/message_text.h"
#include "milter/mail/fields.h"

namespace milter::imipctl {

using calendar::itip::Address;
using mail::Field;
using mail::same;

namespace {

constexpr std::size_t longest_value = 64 * 1024;

constexpr std::array<std::string_view, 4> written_by_delivery{"Delivered-To", "X-Original-To", "Envelope-To",
                                                              "X-Envelope-To"};
constexpr std::array<std::string_view, 5> written_by_sender{"To", "Cc", "Bcc", "Resent-To", "Resent-Cc"};
/// Also on top of a message that was delivered: RFC 5321 4.4, and what Exim and Sieve write.
constexpr std::array<std::string_view, 4> other_traces{"Return-Path", "Received", "Delivery-Date", "X-Sieve"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return same(one, name); });
}

/// Every addr-spec of an address list, groups included, but nothing of a display name.
std::vector<Address> addresses_in(std::string_view value) {
    std::vector<Address> found;
    if (value.size() > longest_value) return found;
    const auto tokens = authentication::tokens_of(value);
    for (std::size_t i = 0; tokens && i + 2 < tokens->size(); ++i) {
        if (auto address = authentication::addr_spec(&(*tokens)[i], &(*tokens)[i] + 3))
            found.push_back(*std::move(address));
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

std::vector<std::string> recipients_in(std::string_view message, const std::function<bool(const Address&)>& is_local) {
    const auto fields = mail::fields(mail::cut(message).header);
    LocalAddresses local(is_local);
    std::vector<std::string> recipients;
    for (const auto name : written_by_delivery) {
        for (const auto& field : fields) {
            if (same(field.name, name)) local.add_from(field, recipients);
            if (!recipients.empty()) return recipients;
        }
    }
    for (const auto& field : fields) {
        if (is_one_of(field.name, written_by_sender)) local.add_from(field, recipients);
    }
    return recipients;
}

std::string_view as_received(std::string_view message) {
    auto rest = message;
    for (auto from_here = rest; const auto field = take_header_field(rest); from_here = rest) {
        if (same(field->name, "Authentication-Results")) return from_here;
        if (!is_one_of(field->name, written_by_delivery) && !is_one_of(field->name, other_traces)) break;
    }
    return message;
}

}  // namespace milter::imipctl
