global using GpuLstm.Kernels.Language;
