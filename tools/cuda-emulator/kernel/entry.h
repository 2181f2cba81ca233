// Included behind a kernel's text: tells the emulator the kernels and their parameters, deduced from their types.
#pragma once

namespace emulator
{
template <int... I> struct Numbers {};
template <class T, T... I> using NumbersOf = Numbers<(int)I...>;

template <class T> inline constexpr bool IsPointer = false;
template <class T> inline constexpr bool IsPointer<T*> = true;

template <class... P> struct Signature
{
    static constexpr Parameter parameters[sizeof...(P) + 1] = {{sizeof(P), IsPointer<P>}..., {0, false}};

    template <void (*kernel)(P...)> static void run(void** values)
    {
        call<kernel>(values, __make_integer_seq<NumbersOf, int, (int)sizeof...(P)>());
    }

    template <void (*kernel)(P...), int... I> static void call(void** values, Numbers<I...>)
    {
        kernel(*(P*)values[I]...);
    }
};

template <class... P> Signature<P...> signature(void (*)(P...));
template <class... P> constexpr unsigned count(void (*)(P...)) { return sizeof...(P); }
}

#ifdef GROUP_X
#define EMULATED_GROUP {GROUP_X, GROUP_Y, GROUP_Z}
#else
#define EMULATED_GROUP {0, 0, 0}
#endif

#define EMULATED_KERNEL(name) \
    static constexpr emulator::Kernel emulated_kernel_##name = \
    { \
        #name, &decltype(emulator::signature(&name))::template run<&name>, \
        decltype(emulator::signature(&name))::parameters, emulator::count(&name), EMULATED_GROUP \
    };

#define EMULATED_MODULE(...) \
    static const emulator::Kernel* const emulated_kernels[] = {__VA_ARGS__, nullptr}; \
    extern "C" const emulator::Module emulated_module = \
        {&emulated_state, emulated_kernels, __start_emulated_shared, __stop_emulated_shared};
