using System.Runtime.InteropServices;
using System.Text;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>SVG to PNG by librsvg and cairo (https://gnome.pages.gitlab.gnome.org/librsvg/Rsvg-2.0/), where the system
/// has them. The result has the light colours.</summary>
public static partial class PngConversion
{
    private const string Advice = "PNG needs librsvg 2.52 or later and cairo: install librsvg2-2 (Debian, Ubuntu), "
        + "librsvg2 (Fedora), librsvg (Homebrew, MSYS2), or use the SVG files.";

    /// <summary>The libraries' file names by system: Linux, macOS, Windows.</summary>
    private static readonly Dictionary<string, string[]> Files = new()
    {
        ["rsvg"] = ["librsvg-2.so.2", "librsvg-2.2.dylib", "librsvg-2-2.dll"],
        ["cairo"] = ["libcairo.so.2", "libcairo.2.dylib", "libcairo-2.dll"],
        ["gobject"] = ["libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"],
        ["glib"] = ["libglib-2.0.so.0", "libglib-2.0.0.dylib", "libglib-2.0-0.dll"],
    };

    private static readonly string[] Folders = ["", "/opt/homebrew/lib/", "/usr/local/lib/"];

    static PngConversion() => NativeLibrary.SetDllImportResolver(typeof(PngConversion).Assembly,
        (name, _, _) => Files.TryGetValue(name, out string[]? files) ? Load(files) : 0);

    /// <summary>Whether this system can convert; <paramref name="advice"/> says what to install when it
    /// cannot.</summary>
    public static bool IsAvailable(out string advice)
    {
        advice = Advice;
        return Files.Values.All(files => Load(files) != 0);
    }

    /// <summary>A PNG of the picture, <paramref name="width"/> pixels wide.</summary>
    /// <exception cref="GpuLstmException">The libraries are missing or refuse the picture.</exception>
    public static byte[] Convert(string svg, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (!IsAvailable(out string advice))
            throw new GpuLstmException(advice);
        byte[] text = Encoding.UTF8.GetBytes(svg);
        nint error = 0;
        nint handle = RsvgHandleNewFromData(text, (nuint)text.Length, ref error);
        if (handle == 0)
            throw Failure("read", error);
        try
        {
            if (!RsvgHandleGetIntrinsicSizeInPixels(handle, out double naturalWidth, out double naturalHeight))
                throw new GpuLstmException("librsvg finds no size in the plot.");
            int height = (int)Math.Ceiling(width * naturalHeight / naturalWidth);
            return Render(handle, width, height);
        }
        finally
        {
            GObjectUnref(handle);
        }
    }

    private static byte[] Render(nint handle, int width, int height)
    {
        nint surface = CairoImageSurfaceCreate(format: 0, width, height); // CAIRO_FORMAT_ARGB32
        nint cairo = CairoCreate(surface);
        try
        {
            var viewport = new RsvgRectangle { Width = width, Height = height };
            nint error = 0;
            if (!RsvgHandleRenderDocument(handle, cairo, viewport, ref error))
                throw Failure("draw", error);
            CairoSurfaceFlush(surface);
            nint data = CairoImageSurfaceGetData(surface);
            if (data == 0)
                throw new GpuLstmException($"cairo has no memory for a picture of {width} x {height} pixels.");
            return Encode(data, CairoImageSurfaceGetStride(surface), width, height);
        }
        finally
        {
            CairoDestroy(cairo);
            CairoSurfaceDestroy(surface);
        }
    }

    /// <summary>cairo's pixels are 32-bit numbers ARGB in the machine's order, multiplied by their opacity: the rest is
    /// white paper.</summary>
    private static unsafe byte[] Encode(nint data, int stride, int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            uint* row = (uint*)(data + (nint)y * stride);
            for (int x = 0; x < width; x++)
            {
                int at = 3 * (y * width + x);
                uint paper = 255 - (row[x] >> 24);
                rgb[at] = (byte)((row[x] >> 16) + paper);
                rgb[at + 1] = (byte)((row[x] >> 8) + paper);
                rgb[at + 2] = (byte)(row[x] + paper);
            }
        }
        using var stream = new MemoryStream();
        PngWriter.Write(stream, width, height, rgb, channels: 3);
        return stream.ToArray();
    }

    private static GpuLstmException Failure(string verb, nint error)
    {
        // GError: quark (32 bits), code (32 bits), message (pointer).
        string reason = "it gives no reason";
        if (error != 0)
        {
            reason = Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(error, 8)) ?? reason;
            GErrorFree(error);
        }
        return new GpuLstmException($"librsvg cannot {verb} the plot: {reason}.");
    }

    private static nint Load(string[] files)
    {
        foreach (string file in files)
            foreach (string folder in Folders)
                if (NativeLibrary.TryLoad(folder + file, out nint library))
                    return library;
        return 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RsvgRectangle
    {
        public double X, Y, Width, Height;
    }

    [LibraryImport("rsvg", EntryPoint = "rsvg_handle_new_from_data")]
    private static partial nint RsvgHandleNewFromData(byte[] data, nuint length, ref nint error);

    [LibraryImport("rsvg", EntryPoint = "rsvg_handle_get_intrinsic_size_in_pixels")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool RsvgHandleGetIntrinsicSizeInPixels(nint handle, out double width, out double height);

    [LibraryImport("rsvg", EntryPoint = "rsvg_handle_render_document")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool RsvgHandleRenderDocument(
        nint handle, nint cairo, in RsvgRectangle viewport, ref nint error);

    [LibraryImport("gobject", EntryPoint = "g_object_unref")]
    private static partial void GObjectUnref(nint instance);

    [LibraryImport("glib", EntryPoint = "g_error_free")]
    private static partial void GErrorFree(nint error);

    [LibraryImport("cairo", EntryPoint = "cairo_image_surface_create")]
    private static partial nint CairoImageSurfaceCreate(int format, int width, int height);

    [LibraryImport("cairo", EntryPoint = "cairo_image_surface_get_data")]
    private static partial nint CairoImageSurfaceGetData(nint surface);

    [LibraryImport("cairo", EntryPoint = "cairo_image_surface_get_stride")]
    private static partial int CairoImageSurfaceGetStride(nint surface);

    [LibraryImport("cairo", EntryPoint = "cairo_surface_flush")]
    private static partial void CairoSurfaceFlush(nint surface);

    [LibraryImport("cairo", EntryPoint = "cairo_surface_destroy")]
    private static partial void CairoSurfaceDestroy(nint surface);

    [LibraryImport("cairo", EntryPoint = "cairo_create")]
    private static partial nint CairoCreate(nint surface);

    [LibraryImport("cairo", EntryPoint = "cairo_destroy")]
    private static partial void CairoDestroy(nint cairo);
}
