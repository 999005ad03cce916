#!/bin/sh
# Makes the first-paint subset: fonts/sans-regular.otf and fonts/sans-bold.otf, cut out of Debian's Noto Sans CJK SC by hb-subset
# (package libharfbuzz-bin). It holds what the first pages show, so that the first frame does not open the 20 MB collections: ASCII, common
# signs, and the Chinese words of the keys in assets/strings/zh.po that belong to the idle page and the frame of every page.
# Run it again when those words change; the kiosk works without it, only its first frame comes later.
set -eu
cd "$(dirname "$0")"
collection=${NOTO_CJK:-/usr/share/fonts/opentype/noto}
keys=${FIRST_PAINT_KEYS:-'^(idle|idle_warning|page|lang|language|link|exit|staff|consent)\.'}

characters=$(python3 - "$keys" <<'PYTHON'
import re
import sys

words = "职称评审信息历史数据补录自治区人力资源服务大厅号机北京时间开放第一次约分钟可以随时停下次接着办请带身份证书批文" \
        "始理查询进度我要哪些列出您的马上知道中英维吾尔哈萨克语言已连接平台离线上次联网昨天今天星期大字版语音引导叫工作人员退" \
        "，。、；：？！（）《》〈〉「」【】〔〕“”‘’…—·～％￥℃№✓✗×→←↑↓①②③④⑤⑥⑦⑧⑨⑩年月日时分秒点周一二三四五六七八九十零百千万"
key = None
for line in open("../assets/strings/zh.po", encoding="utf-8"):
    if found := re.match(r'msgid "(.*)"', line):
        key = found.group(1)
    elif (found := re.match(r'(?:msgstr )?"(.*)"', line)) and key and re.match(sys.argv[1], key):
        words += found.group(1)
ascii = "".join(chr(c) for c in range(0x20, 0x7f)) + "\u00a0–•"
print("".join(sorted(set(words + ascii))))
PYTHON
)
for face in regular bold; do
    name=$(printf %s "$face" | sed 's/^r/R/; s/^b/B/')
    printf %s "$characters" > .characters
    # All features that shape by default, locl too: without it figures come from other glyphs than in the whole font.
    hb-subset --face-index=2 --text-file=.characters --layout-features=kern,ccmp,mark,mkmk,liga,locl,calt,clig,rlig,rclt --drop-tables+=vhea,vmtx,VORG,BASE,DSIG \
        --output-file="sans-$face.otf" "$collection/NotoSansCJK-$name.ttc"
    rm -f .characters
    ls -l "sans-$face.otf"
done
