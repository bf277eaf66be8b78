#include "policy/rules/smtp_reply.h"

#include <algorithm>
#include <vector>

#include "calendar/base/text.h"

namespace policy::rules {
namespace {

using calendar::base::digits_only;

bool is_code(std::string_view text) noexcept {
    return text.size() == 3 && digits_only(text) && (text[0] == '4' || text[0] == '5');
}

/// Three numbers, the first of one digit, the others of up to three.
bool is_status(std::string_view text) {
    std::vector<std::string_view> numbers;
    calendar::base::for_each_piece(text, '.', [&](std::string_view number) { numbers.push_back(number); });
    return numbers.size() == 3 && numbers[0].size() == 1 &&
           std::ranges::all_of(numbers, [](std::string_view each) { return each.size() <= 3 && digits_only(each); });
}

}  // namespace

std::optional<SmtpReply> SmtpReply::parse(std::string_view line) {
    const bool printable = std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (!printable || line.size() > longest || second == std::string_view::npos) return std::nullopt;
    SmtpReply reply{std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1)),
                    std::string(line.substr(second + 1))};
    const bool usable = is_code(reply.code) && is_status(reply.status) && reply.code[0] == reply.status[0] &&
                        !reply.text.empty() && reply.text[0] != ' ';
    return usable ? std::optional(std::move(reply)) : std::nullopt;
}

}  // namespace policy::rules
