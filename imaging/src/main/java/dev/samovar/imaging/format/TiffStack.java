package dev.samovar.imaging.format;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What ImageJ and OME say about the directories of a TIFF file: which are channels of one page, and where the pages of a large stack are.
///
/// ImageJ writes channels first, then slices, then frames. For a stack above 4 GB (tifffile does it for any) it writes only the first directory, and
/// the numbers of all other pages after those of the first. Source: ImageJ 1.54p's file information (a text of lines `name=value`); the OME-XML
/// schema of June 2016, attributes of `Pixels`.
///
/// @param pages how many pages there are
/// @param channels how many directories make one page
/// @param step the distance between two channels of a page, in directories
/// @param virtual whether there is only one directory, and the numbers of all pages follow each other
record TiffStack(int pages, int channels, int step, boolean virtual) {
    static final Pattern OME = Pattern.compile("<(?:\\w+:)?Pixels\\b[^>]*>");

    /// @param description the text of the first directory
    /// @param directories how many there are
    /// @param contiguous how many directories' numbers, including the first, would fit in the file one after another; 1 if they cannot follow each
    /// other
    static TiffStack of(String description, int directories, long contiguous) {
        int images = directories, channels = 1, step = 1;
        if (description.startsWith("ImageJ=")) {
            int told = number(description, "(?m)^images=(\\d{1,9})\\s*$");
            channels = number(description, "(?m)^channels=(\\d{1,9})\\s*$");
            if (directories == 1 && told > 1 && told <= contiguous) images = told;
        } else {
            Matcher pixels = OME.matcher(description);
            if (pixels.find()) {
                channels = number(pixels.group(), "\\bSizeC=\"(\\d{1,9})\"");
                String order = pixels.group().toUpperCase(Locale.ROOT).replaceAll("(?s).*DIMENSIONORDER=\"XY([CZT]{3})\".*", "$1");
                for (int i = 0; i < order.length() && order.length() == 3 && order.charAt(i) != 'C'; i++)
                    step *= number(pixels.group(), "\\bSize" + order.charAt(i) + "=\"(\\d{1,6})\"");
            }
        }
        boolean fits = channels > 1 && images % channels == 0 && step > 0 && (long) step * channels <= images && images % (step
                * channels) == 0;
        return new TiffStack(fits ? images / channels : images, fits ? channels : 1, step, images > directories);
    }

    private static int number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        return found.find() ? Math.max(1, Integer.parseInt(found.group(1))) : 1;
    }

    /// The directory of a page's channel.
    int directory(int page, int channel) {
        return channels == 1 ? page : page / step * step * channels + channel * step + page % step;
    }
}
