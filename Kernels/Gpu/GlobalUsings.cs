global using GpuLstm.Kernels.Language;
global using ILGPU;
global using ILGPU.Algorithms;
global using ILGPU.Runtime;
