#include "policy/config/text/files.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "policy/config/text/section.h"

namespace policy::config {
namespace {

constexpr std::size_t deepest_include = 8;
constexpr std::size_t most_files = 100;

/// As it stands when it cannot be followed; opening it says why.
std::filesystem::path followed(const std::filesystem::path& path) {
    std::error_code error;
    auto canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical;
}

class Reader {
  public:
    explicit Reader(Mistakes& mistakes) : mistakes_(mistakes) {}

    std::optional<Value> read(const std::filesystem::path& file) {
        including_.push_back(followed(file));
        auto root = read_yaml(file, mistakes_);
        if (root && root->kind == Value::Kind::map) add_includes(*root, file);
        including_.pop_back();
        return root;
    }

  private:
    void add_includes(Value& root, const std::filesystem::path& file) {
        const auto include = std::find_if(root.entries.begin(), root.entries.end(),
                                          [](const Entry& entry) { return entry.key == "include"; });
        if (include == root.entries.end()) return;
        const Value names = std::move(include->value);
        root.entries.erase(include);
        for (const Value* name : read_texts(names, "include", mistakes_)) {
            const std::filesystem::path path = file.parent_path() / name->text;
            if (!may_include(path, *name)) continue;
            auto included = read(path);
            if (!included) continue;
            const Section shape(*included, "", mistakes_);
            merge(root, std::move(*included));
        }
    }

    bool may_include(const std::filesystem::path& path, const Value& name) {
        std::string why;
        if (std::find(including_.begin(), including_.end(), followed(path)) != including_.end())
            why = fmt::format("'{}' includes itself", calendar::base::printable(name.text));
        else if (including_.size() > deepest_include)
            why = fmt::format("included files are nested deeper than {} levels", deepest_include);
        else if (++files_ > most_files)
            why = fmt::format("more than {} files are included", most_files);
        else
            why = file_error(path);
        if (why.empty()) return true;
        mistakes_.add(name.place, std::move(why));
        return false;
    }

    /// Maps under one key become one map.
    void merge(Value& into, Value&& included) {
        for (Entry& entry : included.entries) {
            const auto first = std::find_if(into.entries.begin(), into.entries.end(),
                                            [&](const Entry& each) { return each.key == entry.key; });
            if (first == into.entries.end())
                into.entries.push_back(std::move(entry));
            else if (first->value.kind == Value::Kind::map && entry.value.kind == Value::Kind::map)
                merge(first->value, std::move(entry.value));
            else
                mistakes_.add(entry.place, fmt::format("duplicate key '{}'; first used at {}",
                                                       calendar::base::printable(entry.key), first->place.text()));
        }
    }

    Mistakes& mistakes_;
    std::vector<std::filesystem::path> including_;
    std::size_t files_ = 0;
};

}  // namespace

std::string file_error(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::regular) return {};
    if (status.type() == std::filesystem::file_type::not_found)
        return fmt::format("file '{}' does not exist", path.string());
    if (error) return fmt::format("cannot read '{}': {}", path.string(), error.message());
    return fmt::format("'{}' is not a regular file", path.string());
}

std::optional<Value> read_files(const std::filesystem::path& file, Mistakes& mistakes) {
    return Reader(mistakes).read(file);
}

}  // namespace policy::config
