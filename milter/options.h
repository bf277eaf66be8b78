#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// The command lines of our programs, read by CLI11. Every file that includes its headers takes ten seconds more to
/// compile, so nothing else does.
namespace milter {

class Option {
  public:
    explicit Option(CLI::Option& option) : option_(option) {}
    Option& required();
    /// `error` gives the sentence about what is wrong with a value, or nothing.
    Option& check(std::string (*error)(const std::string& value));

  private:
    CLI::Option& option_;
};

/// A program or one of its subcommands. What it is given must outlive the parsing. A name without a dash is a
/// positional argument.
class Command {
  public:
    explicit Command(CLI::App& app) : app_(app) {}
    /// One of these is then required.
    Command subcommand(const std::string& name, const std::string& purpose);
    void flag(const std::string& name, bool& value, const std::string& purpose);
    Option option(const std::string& name, std::string& value, const std::string& purpose);
    /// One value each time that it is given; as a positional argument, all that are left.
    Option option(const std::string& name, std::vector<std::string>& values, const std::string& purpose);
    void callback(std::function<void()> run);

  private:
    CLI::App& app_;
};

class Program {
  public:
    /// With --help and --version.
    Program(const std::string& name, const std::string& purpose);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    Command command() { return Command(*app_); }
    /// Runs the callback of the subcommand, and throws what that throws. An exit status when that is all: 0 after
    /// --help and --version, 2 for wrong usage, which is then explained on standard error.
    std::optional<int> parse(int argc, char** argv);

  private:
    const std::string name_;
    std::unique_ptr<CLI::App> app_;
};

}  // namespace milter
