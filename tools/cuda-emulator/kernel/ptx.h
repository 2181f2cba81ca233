// The PTX instructions that are emulated, each a function named after it; see nvrtc/assembly.cpp.
#pragma once
#include "words.h"

#define ptx_register_laneid emulated_lane()

template <class A, class B> EMULATED void ptx_mov_u32(A& d, B a) { d = (A)a; }
template <class A, class B, class C> EMULATED void ptx_add_u32(A& d, B a, C b) { d = (A)((unsigned)a + (unsigned)b); }
