#include "translate.h"
#include "instruction.h"
#include "text.h"
#include <cctype>
#include <stdexcept>

namespace emulator
{
namespace
{
constexpr unsigned mostLocal = 64 << 10; // half a stack

// The size and alignment of a declaration such as ".align 8 .b8 name[16]".
struct Declared
{
    std::string name;
    unsigned bytes = 0, alignment = 0;
    bool isOpen = false; // name[]: dynamic
};

unsigned sizeOf(const std::string& type)
{
    return type == "pred" ? 1 : static_cast<unsigned>(std::stoul(type.substr(type.find_first_of("123456789")))) / 8;
}

const char* cppType(const std::string& type)
{
    return type == "pred" ? "bool" : type == "f32" ? "float" : type == "f64" ? "double" : sizeOf(type) == 8 ? "unsigned long"
        : sizeOf(type) == 4 ? "unsigned" : sizeOf(type) == 2 ? "unsigned short" : "unsigned char";
}

class Module
{
public:
    explicit Module(const std::string& ptx) : _text(ptx) {}

    Translation all()
    {
        while (!_text.atEnd())
            directive();
        std::string table;
        for (const std::string& kernel : _kernels)
            table += "&emulated_kernel_" + kernel + ", ";
        _made.cpp = _shared + _code + "EMULATED_MODULE(" + table + ")\n";
        return _made;
    }

private:
    void directive()
    {
        std::string word = _text.word();
        while (word == ".visible" || word == ".weak")
            word = _text.word();
        if (word == ".version")
            _made.version = static_cast<int>(std::stod(_text.word()) * 10 + 0.5);
        else if (word == ".target")
            _made.target = std::stoi(_text.word().substr(3));
        else if (word == ".address_size")
        {
            if (_text.word() != "64")
                _text.refuse("addresses are not of 64 bits");
        }
        else if (word == ".extern" || word == ".shared")
            array(word, _globals);
        else if (word == ".entry")
            entry();
        else if (word == ".func")
            skipFunction();
        else
            _text.refuse("the directive " + word + " is not emulated");
    }

    // A function that nobody calls: calls themselves are not emulated.
    void skipFunction()
    {
        char end;
        do
            _text.until(")", end); // of its results, then of its parameters
        while (_text.peek() != ';' && _text.peek() != '{');
        if (_text.take(';'))
            return;
        _text.expect('{');
        for (int depth = 1; depth > 0;)
        {
            _text.until("{}", end);
            depth += end == '{' ? 1 : -1;
        }
    }

    Declared declared(const std::string& text) const
    {
        Declared found;
        std::string type;
        for (const std::string& part : split(text, ' '))
            if (part.empty())
                continue;
            else if (isType(part.substr(1)))
                type = part.substr(1);
            else if (std::isdigit(static_cast<unsigned char>(part[0])) != 0)
                found.alignment = static_cast<unsigned>(std::stoul(part));
            else if (part[0] != '.')
                found.name = part;
            else if (part != ".align" && part != ".shared" && part != ".param" && part != ".local" && part != ".ptr")
                _text.refuse("the declaration " + text + " is not emulated");
        if (type.empty() || found.name.empty())
            _text.refuse("the declaration " + text + " is not emulated");
        found.bytes = sizeOf(type);
        found.alignment = std::max(found.alignment, found.bytes);
        if (std::size_t bracket = found.name.find('['); bracket != std::string::npos)
        {
            std::string count = found.name.substr(bracket + 1);
            found.isOpen = count[0] == ']';
            found.bytes *= found.isOpen ? 0 : static_cast<unsigned>(std::stoul(count));
            found.name.resize(bracket);
        }
        return found;
    }

    // Shared and local arrays. Shared ones of different kernels may have the same name.
    void array(const std::string& word, Symbols& symbols)
    {
        char end;
        Declared found = declared(_text.until(";", end));
        std::string name = found.name;
        if (found.isOpen)
            symbols[name] = "(unsigned long)emulated_state.dynamicShared";
        else
        {
            std::string unique = "a" + std::to_string(_arrays++) + "_" + name;
            std::string text = "char __attribute__((aligned(" + std::to_string(found.alignment) + "))) " + unique + "["
                + std::to_string(found.bytes) + "];\n";
            _local += word == ".local" ? found.bytes : 0;
            if (_local > mostLocal)
                _text.refuse("the local arrays are larger than the emulator's stacks");
            (word == ".local" ? _body : _shared) += word == ".local" ? text : "EMULATED_SHARED " + text;
            symbols[name] = "(unsigned long)" + unique;
        }
    }

    void entry()
    {
        std::string name = _text.word(), parameters;
        Symbols symbols = _globals;
        char end = ',';
        unsigned count = 0;
        _text.expect('(');
        if (!_text.take(')'))
            for (; end == ','; count++)
            {
                Declared found = declared(_text.until(",)", end));
                symbols[found.name] = "(unsigned long)parameters[" + std::to_string(count) + "]";
                parameters += "{" + std::to_string(found.bytes) + ", " + std::to_string(found.alignment) + "}, ";
            }
        unsigned threads = 0;
        while (_text.peek() == '.')
        {
            std::string word = _text.word();
            unsigned product = 1;
            do
                product *= static_cast<unsigned>(std::stoul(_text.word()));
            while (_text.take(','));
            if (word == ".maxntid" || word == ".reqntid")
                threads = product;
            else if (word != ".minnctapersm" && word != ".maxnreg")
                _text.refuse("the directive " + word + " is not emulated");
        }
        _body.clear();
        _local = 0;
        std::string code = body(symbols);
        _code += "static void " + name + "(void** parameters)\n{\n" + _body + code + "}\nEMULATED_KERNEL(" + name + ", "
            + std::to_string(threads) + ", " + parameters + ")\n";
        _kernels.push_back(name);
    }

    std::string body(Symbols& symbols)
    {
        std::string code;
        _text.expect('{');
        while (!_text.take('}'))
        {
            int line = (_text.peek(), _text.line());
            char end;
            std::string statement = _text.until(";:", end);
            if (end == ':')
                code += statement + ":;\n";
            else if (statement.compare(0, 4, ".reg") == 0)
                registers(statement);
            else if (statement.compare(0, 6, ".local") == 0 || statement.compare(0, 7, ".shared") == 0
                || statement.compare(0, 7, ".extern") == 0)
            {
                std::size_t space = statement.find(' ');
                Text one(statement.substr(space) + ";");
                std::swap(one, _text);
                array(statement.substr(0, space), symbols);
                std::swap(one, _text);
            }
            else
                try
                {
                    code += "#line " + std::to_string(line) + " \"ptx\"\n" + translateInstruction(statement, symbols) + "\n";
                }
                catch (const std::string& what)
                {
                    _text.refuse(statement + ": " + what);
                }
        }
        return code;
    }

    // .reg .b32 %r<34>
    void registers(const std::string& statement)
    {
        std::size_t type = statement.find('.', 1), space = statement.find_first_of(" \t", type);
        for (const std::string& name : split(statement.substr(space), ','))
        {
            std::string cpp = cppType(statement.substr(type + 1, space - type - 1)), base = registerName(name);
            std::size_t bracket = base.find('<');
            if (bracket == std::string::npos)
            {
                _body += cpp + " " + base + ";\n";
                continue;
            }
            std::size_t count = std::stoul(base.substr(bracket + 1));
            for (std::size_t i = 0; i < count; i++)
                _body += (i == 0 ? cpp + " " : ", ") + base.substr(0, bracket) + std::to_string(i);
            if (count > 0)
                _body += ";\n";
        }
    }

    Text _text;
    Translation _made;
    Symbols _globals;
    std::string _shared, _code, _body; // _body: what a kernel declares
    std::vector<std::string> _kernels;
    int _arrays = 0;
    unsigned _local = 0; // bytes of a kernel's local arrays
};
}

Translation translate(const std::string& ptx)
{
    try
    {
        return Module(ptx).all();
    }
    catch (const std::logic_error&) // a number that is none
    {
        throw Failure(CUDA_ERROR_INVALID_PTX, "PTX with a malformed number");
    }
}
}
