return GpuLstm.Host.CommandLine.Invoke(args);
