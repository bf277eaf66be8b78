#include "policy/users/sql_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/text.h"

namespace policy::users {
namespace {

constexpr std::string_view known[] = {"address", "local", "domain"};

bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_of_name(char c) noexcept {
    return calendar::base::letter_or_digit(c) || c == '_';
}

/// The word that a text starts with, in lower case.
std::string first_word(std::string_view text) {
    std::string word;
    for (const char c : text) {
        if (word.empty() && is_blank(c)) continue;
        if (!is_of_name(c)) break;
        word += calendar::base::lower(c);
    }
    return word;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    tl::expected<SqlQuery, std::string> read() {
        while (!rest_.empty() && wrong_.empty())
            step();
        if (!wrong_.empty()) return tl::unexpected(wrong_);
        const std::string word = first_word(query_.text);
        if (word != "select" && word != "with") return tl::unexpected<std::string>("must start with SELECT or WITH");
        if (!names("address") && !names("local"))
            return tl::unexpected<std::string>(
                "must contain :address or :local; otherwise every address finds the same user");
        return query_;
    }

  private:
    void step() {
        const char c = rest_.front();
        if (c == '\'' || c == '"') {
            keep(closed_by(rest_.substr(0, 1)));  // a doubled quote within: two quoted texts in a row
        } else if (rest_.starts_with("--")) {
            skip(std::min(rest_.find('\n'), rest_.size()));
        } else if (rest_.starts_with("/*")) {
            skip(closed_by("*/"));
        } else if (rest_.starts_with("::")) {
            keep(2);
        } else if (c == ':') {
            read_parameter();
        } else if (c == ';') {
            ended_ = true;
            skip(1);
        } else {
            keep(1);
        }
    }

    /// How many bytes there are up to the end of what has just begun.
    std::size_t closed_by(std::string_view end) {
        const auto found = rest_.find(end, end.size());
        if (found != std::string_view::npos) return found + end.size();
        wrong_ = "has an unclosed quote or comment";
        return rest_.size();
    }

    void read_parameter() {
        const auto end = std::find_if_not(rest_.begin() + 1, rest_.end(), is_of_name);
        const auto name = rest_.substr(1, static_cast<std::size_t>(end - rest_.begin()) - 1);
        const auto* parameter = std::find(std::begin(known), std::end(known), name);
        if (parameter == std::end(known))
            wrong_ =
                fmt::format("has the unknown parameter :{:.40}; valid parameters: :address, :local, :domain", name);
        else if (!names(name))
            query_.parameters.push_back(*parameter);
        keep(name.size() + 1);
    }

    bool names(std::string_view parameter) const {
        return std::find(query_.parameters.begin(), query_.parameters.end(), parameter) != query_.parameters.end();
    }

    void keep(std::size_t bytes) {
        const auto kept = rest_.substr(0, bytes);
        if (ended_ && !std::all_of(kept.begin(), kept.end(), is_blank)) wrong_ = "must be a single statement";
        query_.text += kept;
        rest_.remove_prefix(bytes);
    }

    void skip(std::size_t bytes) {
        query_.text += ' ';
        rest_.remove_prefix(bytes);
    }

    std::string_view rest_;
    SqlQuery query_;
    std::string wrong_;
    bool ended_ = false;
};

}  // namespace

tl::expected<SqlQuery, std::string> read_sql_query(std::string_view text) {
    return Reader(text).read();
}

}  // namespace policy::users
