#include "compiler.h"
#include "../failure.h"
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace emulator
{
namespace
{
struct Header
{
    const char *name, *text;
};

const char abi[] = {
#embed "../kernel/abi.h" suffix(, 0)
};
const char words[] = {
#embed "../kernel/words.h" suffix(, 0)
};
const char instructions[] = {
#embed "../kernel/instructions.h" suffix(, 0)
};
const char threads[] = {
#embed "../kernel/threads.h" suffix(, 0)
};
const Header headers[] = {
    {"abi.h", abi}, {"words.h", words}, {"instructions.h", instructions}, {"threads.h", threads}};

// A folder for this process's libraries and headers, which goes with it.
class Folder
{
public:
    Folder()
    {
        std::string name = std::filesystem::temp_directory_path() / "cuda-emulator-XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw Failure(CUDA_ERROR_OUT_OF_MEMORY, "no folder for temporary files");
        path = name;
        for (const Header& header : headers)
            std::ofstream(path / header.name) << header.text;
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;

    std::filesystem::path path;
};

std::uint64_t hash(const std::string& text)
{
    std::uint64_t sum = 0xcbf29ce484222325; // FNV-1a
    for (char c : text)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return sum;
}

std::string read(const std::filesystem::path& file)
{
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

// Runs a program with its output in a file; its exit code.
int run(const std::vector<std::string>& command, const std::string& output)
{
    std::vector<char*> arguments;
    for (const std::string& part : command)
        arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw Failure(CUDA_ERROR_NOT_FOUND, std::string(arguments[0]) + " cannot be started");
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> command(
    const std::filesystem::path& folder, const std::string& source, const std::string& library, int architecture)
{
    const char* chosen = std::getenv("CUDA_EMULATOR_CXX");
    // An access that a GPU would refuse traps. What nobody wrote is poison. Products and sums fuse, as they do there.
    std::vector<std::string> all = {chosen != nullptr ? chosen : DEFAULT_COMPILER, "-x", "c++", "-std=c++20", "-w",
        "-nostdinc", "-shared", "-fPIC", "-O1", "-fwrapv", "-fno-exceptions", "-fno-rtti", "-nostdlib++", "-lm",
        "-fsanitize=integer-divide-by-zero", "-fsanitize-trap=all", "-ftrivial-auto-var-init=pattern",
        "-ffp-contract=fast", "-DEMULATED_ARCHITECTURE=" + std::to_string(architecture), "-include", "threads.h", "-I" + folder.string(), "-o" + library, source};
#ifdef __x86_64__
    if (__builtin_cpu_supports("fma") != 0)
        all.emplace_back("-mfma");
#endif
    return all;
}
}

std::string compile(const std::string& cpp, int architecture)
{
    static const Folder folder;
    const char* kept = std::getenv("CUDA_EMULATOR_CACHE");
    std::filesystem::path libraries = kept != nullptr && *kept != 0 ? kept : folder.path;
    std::filesystem::create_directories(libraries);
    std::string all = std::to_string(architecture) + cpp;
    for (const Header& header : headers)
        all += header.text;
    std::string name = std::to_string(hash(all));
    std::filesystem::path library = libraries / (name + ".so");
    if (std::filesystem::exists(library))
        return library;
    std::filesystem::path source = folder.path / (name + ".cpp"), log = folder.path / (name + ".log"),
        made = libraries / (name + "." + std::to_string(getpid()));
    std::ofstream(source, std::ios::binary) << cpp;
    if (run(command(folder.path, source, made, architecture), log) != 0)
        throw Failure(CUDA_ERROR_INVALID_PTX, read(log).substr(0, 2000));
    std::filesystem::rename(made, library); // whole, or not there
    std::filesystem::remove(source);
    return library;
}
}
