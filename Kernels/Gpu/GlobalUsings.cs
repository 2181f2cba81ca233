global using GpuLstm.Kernels.Language;
global using System.ComponentModel; // DefaultValue: a specialised parameter's default
