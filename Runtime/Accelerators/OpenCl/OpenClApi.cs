using System.Runtime.InteropServices;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>The part of the OpenCL 1.2 host API that is used here (Khronos, "The OpenCL Specification" 1.2). Each
/// function returns an error code, or takes a place for one; <see cref="OpenClError"/> turns it into an
/// exception.</summary>
internal static unsafe partial class OpenClApi
{
    public const string Library = "gpulstm-opencl"; // NativeLibraries knows its real names

    public const int DeviceNotFound = -1;
    public const ulong DeviceTypeGpu = 1 << 2, DeviceTypeAll = 0xFFFFFFFF;
    public const uint PlatformName = 0x0902, PlatformVersion = 0x0901;
    public const uint DeviceType = 0x1000, DeviceMaxComputeUnits = 0x1002, DeviceMaxWorkGroupSize = 0x1004,
        DeviceMaxAllocationSize = 0x1010, DeviceGlobalMemorySize = 0x101F, DeviceLocalMemorySize = 0x1023,
        DeviceHostUnifiedMemory = 0x1035, DeviceName = 0x102B, DriverVersion = 0x102D, DeviceVersion = 0x102F,
        DeviceDoubleConfig = 0x1032;
    public const uint ProgramBinarySizes = 0x1165, ProgramBinaries = 0x1166, ProgramBuildLog = 0x1183;
    public const ulong QueueProfiling = 1 << 1;
    public const uint CommandStart = 0x1282, CommandEnd = 0x1283;
    public const ulong MemoryReadWrite = 1 << 0, MemoryHostAllocated = 1 << 4;
    public const ulong MapRead = 1 << 0, MapWrite = 1 << 1, MapWriteInvalidate = 1 << 2;

    [LibraryImport(Library)]
    public static partial int clGetPlatformIDs(uint entries, nint* platforms, uint* count);

    [LibraryImport(Library)]
    public static partial int clGetPlatformInfo(nint platform, uint name, nuint size, void* value, nuint* sizeNeeded);

    [LibraryImport(Library)]
    public static partial int clGetDeviceIDs(nint platform, ulong type, uint entries, nint* devices, uint* count);

    [LibraryImport(Library)]
    public static partial int clGetDeviceInfo(nint device, uint name, nuint size, void* value, nuint* sizeNeeded);

    [LibraryImport(Library)]
    public static partial nint clCreateContext(nint* properties, uint count, nint* devices, nint notify, nint data,
        int* error);

    [LibraryImport(Library)]
    public static partial nint clCreateCommandQueue(nint context, nint device, ulong properties, int* error);

    [LibraryImport(Library)]
    public static partial nint clCreateBuffer(nint context, ulong flags, nuint size, void* host, int* error);

    [LibraryImport(Library)]
    public static partial nint clCreateProgramWithSource(nint context, uint count, byte** texts, nuint* lengths,
        int* error);

    [LibraryImport(Library)]
    public static partial nint clCreateProgramWithBinary(
        nint context, uint count, nint* devices, nuint* lengths, byte** binaries, int* status, int* error);

    [LibraryImport(Library)]
    public static partial int clBuildProgram(nint program, uint count, nint* devices, byte* options, nint notify,
        nint data);

    [LibraryImport(Library)]
    public static partial int clGetProgramBuildInfo(
        nint program, nint device, uint name, nuint size, void* value, nuint* sizeNeeded);

    [LibraryImport(Library)]
    public static partial int clGetProgramInfo(nint program, uint name, nuint size, void* value, nuint* sizeNeeded);

    [LibraryImport(Library)]
    public static partial nint clCreateKernel(nint program, byte* name, int* error);

    [LibraryImport(Library)]
    public static partial int clSetKernelArg(nint kernel, uint index, nuint size, void* value);

    [LibraryImport(Library)]
    public static partial int clEnqueueNDRangeKernel(
        nint queue, nint kernel, uint dimensions, nuint* offset, nuint* global, nuint* local, uint waits, nint* waitFor,
        nint* done);

    [LibraryImport(Library)]
    public static partial int clEnqueueWriteBuffer(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* data, uint waits, nint* waitFor,
        nint* done);

    [LibraryImport(Library)]
    public static partial int clEnqueueReadBuffer(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* data, uint waits, nint* waitFor,
        nint* done);

    [LibraryImport(Library)]
    public static partial int clEnqueueFillBuffer(
        nint queue, nint buffer, void* pattern, nuint patternSize, nuint offset, nuint size, uint waits, nint* waitFor,
        nint* done);

    [LibraryImport(Library)]
    public static partial nint clEnqueueMapBuffer(
        nint queue, nint buffer, uint blocking, ulong flags, nuint offset, nuint size, uint waits, nint* waitFor,
        nint* done, int* error);

    [LibraryImport(Library)]
    public static partial int clEnqueueUnmapMemObject(nint queue, nint buffer, nint address, uint waits, nint* waitFor,
        nint* done);

    [LibraryImport(Library)]
    public static partial int clWaitForEvents(uint count, nint* events);

    [LibraryImport(Library)]
    public static partial int clGetEventProfilingInfo(nint @event, uint name, nuint size, void* value,
        nuint* sizeNeeded);

    [LibraryImport(Library)]
    public static partial int clReleaseEvent(nint @event);

    [LibraryImport(Library)]
    public static partial int clFinish(nint queue);

    [LibraryImport(Library)]
    public static partial int clFlush(nint queue);

    [LibraryImport(Library)]
    public static partial int clReleaseMemObject(nint buffer);

    [LibraryImport(Library)]
    public static partial int clReleaseKernel(nint kernel);

    [LibraryImport(Library)]
    public static partial int clReleaseProgram(nint program);

    [LibraryImport(Library)]
    public static partial int clReleaseCommandQueue(nint queue);

    [LibraryImport(Library)]
    public static partial int clReleaseContext(nint context);
}
