#!/bin/sh
# Draws the made-up papers that the tests scan and import: a certificate, a photograph, an identity card, a three-page approval document.
# Needs ImageMagick; run it only to change them: the results are kept beside it.
set -eu
cd "$(dirname "$0")"
regular=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
bold=/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc

convert -size 1240x876 xc:'#fbf5e6' -fill none -stroke '#8f1d1d' -strokewidth 6 -draw 'rectangle 30,30 1210,846' -stroke none \
    -font "$bold" -fill '#8f1d1d' -pointsize 64 -gravity north -annotate +0+90 '专业技术职务任职资格证书' \
    -gravity northwest -font "$regular" -fill '#3b2f1c' -pointsize 40 \
    -annotate +140+260 '姓　　名　张三' -annotate +140+340 '资格名称　工程师（机械电子）' \
    -annotate +140+420 '授予时间　2010年12月31日' -annotate +140+500 '证书编号　20113202705' \
    -annotate +140+580 '批准文号　新经信人事〔2011〕3号' -annotate +140+660 '发证单位　自治区工程系列职称评审委员会（样张）' \
    -fill none -stroke '#c33' -strokewidth 8 -draw 'circle 980,640 980,520' -stroke none -fill '#c33' -font "$bold" -pointsize 60 -annotate +950+600 '★' \
    -strip -quality 72 certificate.jpg

convert -size 295x413 xc:'#dfe9f2' -fill '#3c4a57' -draw 'ellipse 147,430 125,150 0,360' -fill '#f0c9a4' -draw 'rectangle 122,235 173,300' \
    -draw 'ellipse 147,180 68,86 0,360' -fill '#1d1a18' -draw 'ellipse 147,118 72,52 180,360' -strip PNG8:photo.png

convert -size 1011x638 xc:'#eef3f8' -font "$regular" -fill '#1f2d3a' -pointsize 40 -gravity northwest \
    -annotate +70+70 '姓名　张三' -annotate +70+150 '性别　男　　民族　汉' -annotate +70+230 '出生　1980年1月1日' -annotate +70+310 '住址　新疆某市某路1号' \
    -fill '#1f2d3a' -font "$bold" -pointsize 44 -annotate +70+530 '公民身份号码　（样张）' \
    \( photo.png -resize 250x350 \) -geometry +690+80 -composite -strip -quality 80 id_card.jpg

for page in 1 2 3; do
    convert -size 826x1169 xc:white -font "$bold" -fill '#c00' -pointsize 40 -gravity north -annotate +0+80 '新疆某厅文件（样张）' \
        -fill black -font "$regular" -pointsize 24 -annotate +0+170 '新经信人事〔2011〕3号' -gravity northwest -pointsize 24 \
        -annotate +90+260 '关于批准张金鑫等48位同志取得自治区工程系列\n机械电子专业技术职务任职资格的通知' \
        -annotate +90+420 "第 $page 页，共 3 页" -strip -quality 60 "page$page.jpg"
done
python3 - page1.jpg page2.jpg page3.jpg <<'PDF'
import sys
objects, kids = ["<</Type/Catalog/Pages 2 0 R>>", None], []
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    n = len(objects) + 1
    kids.append(f"{n} 0 R")
    draw = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects += [f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I {n + 1} 0 R>>>>/Contents {n + 2} 0 R>>",
                (f"<</Type/XObject/Subtype/Image/Width 826/Height 1169/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length {len(data)}>>", data),
                (f"<</Length {len(draw)}>>", draw)]
objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
out, at = b"%PDF-1.4\n", []
for i, body in enumerate(objects, 1):
    at.append(len(out))
    head, data = body if isinstance(body, tuple) else (body, None)
    out += f"{i} 0 obj {head}".encode() + (b"\nstream\n" + data + b"\nendstream" if data is not None else b"") + b" endobj\n"
xref = len(out)
out += f"xref\n0 {len(at) + 1}\n0000000000 65535 f \n".encode() + b"".join(f"{o:010} 00000 n \n".encode() for o in at)
out += f"trailer <</Size {len(at) + 1}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n".encode()
open("approval.pdf", "wb").write(out)
PDF
rm page1.jpg page2.jpg page3.jpg
