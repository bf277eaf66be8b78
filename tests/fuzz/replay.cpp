#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

/// Runs the target over every file of a folder, or over single files: what libFuzzer found, as an ordinary test.
/// usage: replay_TARGET FOLDER|FILE…
int main(int count, char** arguments) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const fs::path path : std::vector<std::string>(arguments + 1, arguments + count)) {
        if (fs::is_directory(path))
            std::copy(fs::directory_iterator(path), {}, std::back_inserter(files));
        else
            files.push_back(path);
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::cout << file.filename().string() << std::endl;  // flushed: the last one named is the one that failed
        std::ifstream in(file, std::ios::binary);
        if (!in) {
            std::cerr << "cannot be read: " << file << '\n';
            return 1;
        }
        const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
        // A copy of exactly this size, so that one byte too far is seen.
        const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(exact.data(), exact.size());
    }
    std::cout << files.size() << " inputs\n";
    if (files.empty()) std::cerr << "there are no inputs: nothing was tested\n";
    return files.empty() ? 1 : 0;
}
