#!/usr/bin/python3
"""Writes the column `search` of the dictionaries: pinyin initials and full pinyin of name_zh and of the aliases.

    tests/tools/pinyin.py assets/codes/*.tsv

Readings: Unihan kHanyuPinlu (the commonest first) and kMandarin of Debian's package unicode-data (Unicode licence), and the
words below, in which a character is read in another way. Run it after a dictionary has changed; running it twice changes nothing.
"""

import bz2
import re
import sys
import unicodedata

READINGS = '/usr/share/unicode/Unihan_Readings.txt.bz2'

# Words in which the commonest reading is wrong.
WORDS = {
    '会计': 'kuai ji', '重庆': 'chong qing', '厦门': 'xia men', '尉犁': 'yu li', '且末': 'qie mo', '巴音郭楞': 'ba yin guo leng',
    '行业': 'hang ye', '银行': 'yin hang', '行政': 'xing zheng', '飞行': 'fei xing', '执行': 'zhi xing', '船长': 'chuan zhang',
    '轮机长': 'lun ji zhang', '理事长': 'li shi zhang', '会长': 'hui zhang', '秘书长': 'mi shu zhang', '校对': 'jiao dui',
    '主任': 'zhu ren', '调查': 'diao cha', '调度': 'diao du', '西藏': 'xi zang', '藏族': 'zang zu', '长春': 'chang chun',
    '长沙': 'chang sha', '长治': 'chang zhi', '长期': 'chang qi', '音乐': 'yin yue', '乐清': 'yue qing', '朝阳': 'chao yang',
    '朝鲜': 'chao xian', '台州': 'tai zhou', '六安': 'lu an', '丽水': 'li shui', '亳州': 'bo zhou', '蚌埠': 'beng bu',
    '番禺': 'pan yu', '东莞': 'dong guan', '大埔': 'da bu', '都江堰': 'du jiang yan', '成都': 'cheng du', '首都': 'shou du',
    '乐山': 'le shan', '单县': 'shan xian', '解县': 'xie xian', '荥阳': 'xing yang', '浚县': 'xun xian', '华县': 'hua xian',
    '铅山': 'yan shan', '渑池': 'mian chi', '中央': 'zhong yang', '仡佬': 'ge lao', '其他': 'qi ta', '作曲': 'zuo qu', '编剧': 'bian ju',
    '传播': 'chuan bo', '重大': 'zhong da', '种子': 'zhong zi', '教员': 'jiao yuan', '教师': 'jiao shi', '教授': 'jiao shou',
    '教育': 'jiao yu', '教练': 'jiao lian', '助教': 'zhu jiao', '畜牧': 'xu mu', '畜': 'xu', '系列': 'xi lie', '系统': 'xi tong', '参公': 'can gong',
    '参编': 'can bian', '参加': 'can jia', '称职': 'chen zhi', '称号': 'cheng hao', '职称': 'zhi cheng', '了': 'le', '和': 'he', '地区': 'di qu',
    '地': 'di', '得': 'de', '石河子': 'shi he zi', '呼图壁': 'hu tu bi', '柯坪': 'ke ping', '莎车': 'sha che', '库车': 'ku che', '奎屯': 'kui tun',
    '吉木萨尔': 'ji mu sa er', '阿图什': 'a tu shi', '阿': 'a', '塔什库尔干': 'ta shi ku er gan', '图木舒克': 'tu mu shu ke', '什': 'shi',
    '克孜勒苏': 'ke zi le su', '乌什': 'wu shi', '喀什': 'ka shi', '巴楚': 'ba chu', '尔': 'er', '仲裁': 'zhong cai', '率': 'lv', '率土': 'shuai tu',
    '绿化': 'lv hua', '绿': 'lv', '铁门关': 'tie men guan', '可克达拉': 'ke ke da la', '可': 'ke', '便': 'bian', '传': 'chuan', '行': 'xing', '长': 'chang',
    '重': 'zhong', '单位': 'dan wei', '单': 'dan', '调': 'diao', '员': 'yuan', '吐': 'tu', '石': 'shi', '曾': 'zeng', '覃': 'qin', '会': 'hui', '血': 'xue',
    '校': 'xiao', '校勘': 'jiao kan', '技校': 'ji xiao', '南': 'nan', '大': 'da', '都': 'du', '万': 'wan', '不': 'bu', '一': 'yi', '合': 'he', '术': 'shu',
    '属': 'shu', '委': 'wei', '呢': 'ne', '那': 'na', '叶城': 'ye cheng', '叶': 'ye', '车': 'che', '红': 'hong', '色': 'se', '塔': 'ta', '家': 'jia', '贾': 'jia',
    '隆': 'long', '宿': 'su', '泊': 'bo', '洛': 'luo', '落': 'luo', '度': 'du', '识': 'shi', '予': 'yu', '授予': 'shou yu', '数': 'shu', '上': 'shang', '处': 'chu',
    '给水': 'ji shui', '分': 'fen', '服': 'fu', '冠': 'guan', '空': 'kong', '论': 'lun', '没': 'mei', '漠': 'mo', '强': 'qiang', '省': 'sheng', '提': 'ti',
    '为': 'wei', '相': 'xiang', '兴': 'xing', '应': 'ying', '载': 'zai', '正': 'zheng', '中': 'zhong', '转': 'zhuan', '撒拉': 'sa la', '傈僳': 'li su',
}
LONGEST = max(map(len, WORDS))


def plain(syllable):
    """lǜ → lv, zhōng → zhong"""
    syllable = unicodedata.normalize('NFC', syllable).replace('ü', 'v')
    for marked in 'ǖǘǚǜ':
        syllable = syllable.replace(marked, 'v')
    return re.sub('[^a-z]', '', unicodedata.normalize('NFD', syllable).lower())


def readings():
    common, first = {}, {}
    with bz2.open(READINGS, 'rt', encoding='utf-8') as lines:
        for line in lines:
            part = line.rstrip('\n').split('\t')
            if len(part) == 3 and part[1] == 'kHanyuPinlu':
                common[chr(int(part[0][2:], 16))] = plain(part[2].split('(')[0])
            elif len(part) == 3 and part[1] == 'kMandarin':
                first[chr(int(part[0][2:], 16))] = plain(part[2].split(' ')[0])
    return {**common, **first}


def syllables(text, table):
    out, i = [], 0
    while i < len(text):
        for n in range(min(LONGEST, len(text) - i), 0, -1):
            if text[i:i + n] in WORDS:
                out += WORDS[text[i:i + n]].split()
                i += n
                break
        else:
            c = text[i]
            if c in table:
                out.append(table[c])
            elif c.isascii() and c.isalnum():
                out.append(c.lower())
            i += 1
    return out


def search_of(words, table):
    out = []
    for word in words:
        s = syllables(word, table)
        for form in (''.join(x[0] for x in s), ''.join(s)):
            if form and form not in out:
                out.append(form)
    return ' '.join(out)


def rewrite(path, table):
    with open(path, encoding='utf-8', newline='\n') as f:
        lines = f.read().split('\n')
    head = lines[1].split('\t')
    if 'search' not in head:
        head.append('search')
    at, name, alias = head.index('search'), head.index('name_zh'), head.index('alias') if 'alias' in head else None
    rows = []
    for line in lines[2:]:
        if line:
            row = line.split('\t')
            row += [''] * (len(head) - len(row))
            words = [row[name]] + (row[alias].split() if alias is not None else [])
            row[at] = search_of(words, table)
            rows.append('\t'.join(row))
    with open(path, 'w', encoding='utf-8', newline='\n') as f:
        f.write('\n'.join([lines[0], '\t'.join(head)] + rows) + '\n')


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    unihan = readings()
    for tsv in sys.argv[1:]:
        rewrite(tsv, unihan)
