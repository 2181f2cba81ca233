#include "compiler.h"
#include "translate.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <spawn.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

extern char** environ;

namespace emulator
{
namespace
{
const char abiHeader[] = {
#embed "../kernel/abi.h" suffix(, 0)
};
const char wordsHeader[] = {
#embed "../kernel/words.h" suffix(, 0)
};
const char ptxHeader[] = {
#embed "../kernel/ptx.h" suffix(, 0)
};
const char entryHeader[] = {
#embed "../kernel/entry.h" suffix(, 0)
};

class Folder
{
public:
    Folder()
    {
        std::string name = std::filesystem::temp_directory_path() / "cuda-emulator-XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no folder for temporary files");
        path = name;
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;

    void write(const char* name, const std::string& text) const { std::ofstream(path / name, std::ios::binary) << text; }

    std::string read(const char* name) const
    {
        std::stringstream text;
        text << std::ifstream(path / name, std::ios::binary).rdbuf();
        return text.str();
    }

    std::filesystem::path path;
};

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
        throw std::runtime_error(std::string(arguments[0]) + " cannot be started");
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

using Command = std::vector<std::string>;

// The compiler and what both of its runs need.
Command begin(const Options& options)
{
    const char* chosen = std::getenv("CUDA_EMULATOR_CXX");
    return {chosen != nullptr ? chosen : DEFAULT_COMPILER, "-x", "c++", "-std=" + options.standard, "-w", "-nostdinc",
        "-D__CUDACC_RTC__", "-D__CUDA_ARCH__=" + std::to_string(options.architecture * 10)};
}

Command preprocess(const Options& options, const std::string& folder)
{
    Command all = begin(options);
    for (const std::string& definition : options.definitions)
        all.push_back("-D" + definition);
    for (const std::string& part : {std::string("-E"), "-o" + folder + "/preprocessed.cu", folder + "/kernel.cu"})
        all.push_back(part);
    return all;
}

Command compileTranslated(const Options& options, const std::string& folder)
{
    Command all = begin(options);
    // An access that a GPU would refuse traps. What nobody wrote is poison.
    for (const char* part : {"-shared", "-fPIC", "-O1", "-fwrapv", "-fno-exceptions", "-fno-rtti", "-nostdlib++", "-lm",
             "-fsanitize=alignment,array-bounds,integer-divide-by-zero", "-fsanitize-trap=all",
             "-ftrivial-auto-var-init=pattern", options.contract ? "-ffp-contract=fast" : "-ffp-contract=off",
             "-include", "ptx.h"})
        all.push_back(part);
    for (const std::string& part : {"-I" + folder, "-o" + folder + "/kernel.so", folder + "/translated.cu"})
        all.push_back(part);
#ifdef __x86_64__
    if (__builtin_cpu_supports("fma") != 0)
        all.push_back("-mfma");
#endif
    for (const std::string& definition : options.definitions) // entry.h asks for the group's size
        all.push_back("-D" + definition);
    return all;
}
}

std::string compile(const std::string& cuda, const Options& options, std::string& log)
{
    try
    {
        Folder folder;
        folder.write("abi.h", abiHeader);
        folder.write("words.h", wordsHeader);
        folder.write("ptx.h", ptxHeader);
        folder.write("entry.h", entryHeader);
        folder.write("kernel.cu", cuda);
        int code = run(preprocess(options, folder.path), folder.path / "log");
        log += folder.read("log");
        if (code == 0)
        {
            folder.write("translated.cu", translate(folder.read("preprocessed.cu")));
            code = run(compileTranslated(options, folder.path), folder.path / "log");
            log += folder.read("log");
        }
        for (std::size_t at; (at = log.find(folder.path.string() + "/")) != std::string::npos;)
            log.erase(at, folder.path.string().size() + 1);
        return code == 0 ? folder.read("kernel.so") : "";
    }
    catch (const std::exception& error)
    {
        log += std::string(error.what()) + "\n";
        return "";
    }
}
}
