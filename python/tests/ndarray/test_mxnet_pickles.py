"""What MXNet itself has pickled."""
import base64
import pickle
import zlib

import gluino as mx
import numpy as np
import pytest
from gluino import nd

pytest.importorskip('mxnet')  # the name under which the classes are looked for

# By name what pickle.dumps gave in MXNet 1.9.1.
OF_MXNET = pickle.loads(zlib.decompress(base64.b85decode(
    'c-rk<eQe~$b>G!~in>qVUG3VbyHL`2&$y_&`Z`?@Te9}zJ9~XRN9WiV+^Gb2NolC#lDquShYcYLio2cy#w~2xEsDBv)1'
    'oNcqN&q5wT&V$VxUda1}*YO`(F{DZT@LcIRCV1;U;}EB$pq{{nD;<@@WO_lAIxD-n{v}H}Acf;cmrWQNA1@f1763psI?'
    'j$z@s0<jnbRL?e-MWnJR6F^OXph23zD6n*|Na;)a4EUi`Z)IxQf%5v2S>RH4}oXAtvNvg~+C0!6TL1GxHw4w3Vv(+goT'
    'V~2K$Cp)#m+%Qyou;zS{_X$1{6E+A9Q-wY4|SB(>^s)^t<lbJ?c{rFwlQtacj3F*@?E{|yLxYqs-C5u6<J_to~q7JTJ;'
    '?8J)eV<Jnn(~IHi`xOiw3{n}vVe8fw#rwFrH)7G0<fZPsE}lK=#(2W#;r{Z~r_d#{$fdJ&#`fBXG+zy0$2?_e+u*&qBD'
    'vyah;_wU<Vv+z9!|8w{Pf4vT0?{Cf3QiKevp|$j_+VDb+x>*}ps2vKlZ^A6RwiVlP`|Q@KzQz^iFb+FwgSQE|1-Jq4&D'
    'D}OYpI1=Iza5CS@_yk{FUFdpEXW}l5H9(n{e}GlfG##n46}Nv`99Mv_rCK4A+T<8+#|(#8m|-o-zx@R^pW}^+55fbN0h'
    'M(?@7aEr~L#<)_WUOTfxs+Z9&k!blwokV>vU17yxe&bzF$$eV_qegnw+>aLJ?u@mxKj(#v}pV%FdwvWd=JsuY%ZN@CT2'
    'sHoduF!m@6PgqFd?*%o=}G`y6QIL>8wmULT_J3y6T;&5`H&4+eC;Q4AM|)K2u_cD#qFbqXnkLFd90z!Q!2m8E39bFr{E'
    '@_?nC?5MX*lxrN%@Fs4iZS72ZTK6vwrr6r#E*zp?B{<OfdqDv#MB$r=)*WwTHKp3L;nV>DrNtgI^L{4Zh_2h9Vu$|@>P'
    '6|OAw)j)W~V;~F#IM9wm4z^=Wt^>wIBgR5lUazpNwV}vsjKvhQ@K3<~zjL^MGK_Jiacn_eyF$))0!tCYChDOt5|E#G6I'
    't>yW~d3Yf;@5ME~#!*N-~Judd!0fE73ksSFA%*I9xpo&%QuqGNTf7x;pyl%r&^kWL_ZOkStdrZB)`lar8{aNtD<MkCQo'
    '8V?D`&RMj<7#v)1Dw6i)ZY^ltw@xn6FJbA39DY(EF;GqhG1dih+eDB2QW*@6939PzHl|BxYZWLrm;>#M(g;u}wny=-~W'
    'bpsunas7kdpd5P?t~kvyrfmwbw*@Myx4u$Ua=m(tZQ(4^WsAbzBb`DVbb3O_+BKBjIzoyQ%5S?0?mfzPTILRhrzO6)fC'
    '?iP&5=dbtW@y--&pZvud4ks<JDncL5P621YhjkZ~_u16pyL^0{-l{Ng6HSxZ>s^0Ff9RdfDij0}FmwxAj(LgW#I){@8&'
    '{c`mmh6bW|5JgepMLmR^KyrwnbR-=eibjK6gh^x9B4Q0x!!WW!qck4umum?kB~K^(=FqaJ%hH&8pE3M&{rqL~^p{K=>5'
    '4O}EM#>pSpOC6L9o`sKw&3962oxXMwMq6d~eRZmt+Z&pjkQBu8*#>s{*fFhg)8_KB`C@gP*$&nb${kNm!DV3eLMey2O?'
    '>S@GnutIJkSg<XaMb&jNuZ!QLE6BVYSi*|*%v8h0|idcuvEbjNy!F;HdUFMnQ%~|6-739ZqqjqL1S!@Q*7O-r9Vy+kb8'
    '3_jKMsv~Z!t_Rm`sRc*eryYl1<IBcmIKPrJ?Mm0ExNCp^52^a`_#)HX3822<$|i=)*rT7UzR0}U)P}31^cWnUxzt<RVZ'
    '5s5ID0KHHPgJd=)X$j4X1vOq153_%tcL!d9X5>>_*>BP<W8n!*Ya$SrLgVK{z?R}`KjqF|mjjxwCE1WCN432X_3^R{u4'
    'VMP%T;J<YnsK?x46ut(&56f{N&=!Wx;!rVm3miBsqNWjD!#P9>VK4@5UEOe^Iuqm2I3r~XhIwK32e#Hp*-(b05A38ksn'
    '$4daS2}ttSCH>by4yv5nY#2Ddxr+z*!|1X-Af!CR>nAW5grHnEcgcfKgq3p#?fH3V>UZ!Ts1aMwqGs&}Ei%sch2d3G^f'
    '?qNmWM3yy1~m*5`457n*;*u~-&V6KoP^f{gQKH8d`sfuiwSIzm7Ws^J?+p)H#UHQ4Q&U{ljLKGSy!gB;2Z(nG%vqE`SI'
    'J4bV(C)8Cs#_My`$az6Z<$9ATTh`+6{BbjKEDi!e4`@B79+(dze~Cxv8D(b-w$o@K|5_gw->sLMCj7MVO3)#&7A+xih='
    'z&+D7Ek1?Q1^UnEvpQRmG&5H1ainc0{M>H*r34B87e+5-Z5SNfgycKDE|!^?f_aN~ZbSC}%BpUh28Oia$4n>sr_HJvlt'
    'gW+Kd3{ES|`P>iz!!Hf>u77*wdp2}vi(QuZ&~dHB@T8Y^!I}VzEA@GM^mK|q$AON7T4n(w7iQo5kDCv^{kb2h=)^WUNu'
    '!U~Q}hxI1ayq5+wHVT<j!f6DFUFBOyVc%p3Rs=Td0Nae{rOMKW^MH22_~y&rK3&KQ(Dn_kb7Lk~CIgRiVs?>;_oprg7}'
    'zMoAI4D|}5S9VB{i!tj-<wgC|1mxOgdTgo|wUI6pn#0gkDRI{o49IngHd7<oL5G7FxrHzrYEQ;XugOdPdj9gYYfC=Z^x'
    'qvHx&c^}^NCYvn`kpiscTHKwy>;AMbxD-VH?TsO$0t|F9rXq!87mvbuyD${gh?b44brko1fj%gWh7y&!xi8OTpC`&=Lw'
    'FNK;(*1-JpnkShZv5V5*!;AQO}T5=0L0ZlYt*h^!F>6?K207jTXBPDp}`u8yB~*^}5tNrS>n#`onI6Q$9J!@6LGRmm|o'
    '(FzfnXt=M=`fI&7>p|jr@ZEjhG<J4ddeb=)NE!Ilt$gZ7nrox)INB&4Vx+`&;2YejPl#_{K<BOIqbGW4=l=S;D`E_-Er'
    'BeyGmEieOmoZul;2ZhKm{#-#MNjxG;X2^TRl&sbLi6+uCBh>AC=iG_TF`{6D&(v?M0m)5H*Ts1L`5`sE24%AI&d*=u*!'
    'mJOd?sfknUKkuOxDQTa6DZX^CST0+YR6^Cw`Xa(u$29l6m$1<wAr!^x%`rSkdQjvzytD}2x(BOnITnCwnPNDm32tR-xM'
    'jr#ZN5PoK_kDtx7)FdOYmJ5sBnqpnZNgEH)vsL5GR(j|cEBx;Cr?bvzB%e59H$11oUmL>hC})hf4-moS1tO{i@pYoz@5'
    'vE$qJ^;5eB>(@T)im$?^@=GS`fI>ZxGu`f?64Wwwk!Nr8T-B2Z|QlOSU!@2Gpl5NB->R|zfyF0jI4)k1+Vx>qTNFb_L&'
    'Nd|09>k&}gpc6|h7^<{!h^fdRzOsV#B;1!~a0V}7Z}YHo4i##+L3&9=e?Saf#{!%*;+A$=)zKeX?E53@@CKl(uBeQE-n'
    'Hq?J1)ztM;~Vs`(+~cVA#VuWXVAr@50%HeL`8(u`X@Nt)(@tHM2MY+*tBZHV?AlZ_^E4k$910HsS*OQ&3+xlP+9*&X*<'
    '0RyX1Kdsb9=f2LkxmcXIlu}qJSH{_9p8H7Q;tSZY9La?y=2~jmg;Ji&}#noP>{N3@ZCC|x-)P(V)&S+O(E3kRz77O&WL'
    'g1E({+LF80wcwr79;5E#0EiswvFC|ls~7@Uu>hdX!OlZGGrlE0vxGkaR|mN806dp;yP6A*v*Is)uw;CE@?s0#FqUnyoi'
    'qUIXEK4D895%Y@+WQF~A8FOTvMa3pHHza2;JFeq)0akFOS#!2rQXHg)t4nndrSRrC^i6|DJa-b4{&cpgW8XkVn$wN&b%'
    'p<I}y63De;GA9E$%WS2>hPw*i?A28WR?`;+DocD1`ZG817osiablkAS9{UUb-qK%)<8Jr33&x26z)HNf2QbF9><2So0O'
    'S4Y_WoZh7$d`j;0FTOQglfYq-CbUvr;&cztu-1dutmY`Xh#Dx)mh12_%g;#)0YJa^)nH*fBKkZvqxPOB0IBzuE<4LS+M'
    'k;iF|Rbb!m1PhcQAsQhF*RDKu|Aw1#-j6clwFCk$<D*~0UP2C?Fam!fvsd31sb5~9QHO7b+>?;pJ(jZO+68@jb{S>D<z'
    '@9}fygF#+YcISys0LC$cy_Rc?r@IP12^s2);3(qt_x~oY?7~9iTtN>{{0(E!n&;%Lqnkzxx!1DUa_`*ob%=BD$gv7a)}'
    'jzS*+#>ruGotgi|ZBn0I#w<vZQ4H_^?Oy_r64+3O<Oh`vWwG2w2)LB1IDjCtYFfBVT>xBnIW*ho7JH!sZo=<o60_l)6s'
    'ADP?6u^`vYZ5{5wsbn5;d*u;qC;f2cQGEF6$}Aj+v9f}9{8~0j$%u~QfMM!!dx4lgTzD8a)?Pan3>G%#c_%dwd2@ZX*2'
    ')(!IpOA3&}2GYXC#fjPKWUjw_pOdAaR~7YxC1Tf~g?u-GbBybF47uaZjo<^BCs1{8q1yi?5Eon=(77P6-NIp`PA_#a>O'
    'rM_o|RpJh{>hM$V*TiB)2iA&|KHEQNs(H?*Qs0Yc-mkxcSPqH#tJ2VKQwhW@Ke1%|m#lVLS;#Kv?0Og|0KT=7}N2)A(X'
    'Jr*<zq|6{z}dGXor>=#XaBAqVt2}o!Ge^I-qYaWSX(d4HgfS}&nP<I-P#iOtq<dUSP9bm%8RD&XxQCl7iq^;FmD@4MhB'
    'FU^%ui<{e^uM@he>P5{)(Z4t<6((>P>p6v<c{Y32_<NcI{HJ!mhX4&94mZ7Creayr^v6xscaMO|-~p?9>iqJ!;Tck>2|'
    'kD*^6V_XJ(e6YddBecPScD7aAv!~lCo(kJmanhFSdueoE08-tX#Sisd!Wfh=Zj&@sjG}4KuxH6O*%_~`{TUiPavD8)8_'
    'nKEbLcTNPlG{Eqx0wjy6D=~Pq?Q~($;$=2ostt8|#e~0Z;qRvZCB6E5cVE-9?~S@01f^LADlr*!$ScLp!ISPqCX``r#{'
    '`_CsU%<}O0x*E;1w>-ALq<p{l_COK<zNW1>B({{C7jMHBQyt8JZzqVTRHyyS}58p#?+wsIi&$*lFQKY-A^WE-+4{pKA8'
    'i)Kg_$h<(j{cX8V~yh=XB=%95jL=S<<pHX8Y4a_{e9!!rg(kZ__=0%{vEy7ZDNZZ@3lvnyF2Ff-{>b+Gq27Z9c;uJY{V'
    'LD#2ReG+J76d2J7Pn>*EIN;|A;F2J7QKqU+-(-Jxd6J)L$>&yrI-vvY06K5aemWzSWG^RB*_%Q*>uH~6_8N14II>|kQ{'
    '?wOd)drd=+ZI~bL?gu9DFGrlofIx#F<8t!N=4(lDIh&TeeH^!s6ZUb^K2F)kY5REAKF-+3b51!<0ePo{yi-KpDI-7aw!'
    '!tJ^F7WGcl+v@V#N3E84_9Ah4;_k-#-&otzyo<MUk1|Hz<1+=;yujxQawR*830Pk*BUabE%`L;Uq3R$Lz%f@d>LcF~<n'
    'w=+4d&`y%P-wr>jFwK?1_=orkgwtJmz+Viet??h{Tg0<h%t3^DWRtGimfV$IZq`iP%>uIFD038X-PqdpYvHB04N0-oN('
    'c|cX8-4f2<Z1i&0x<87`xHvssiQgXjKWT)&6;wwe<gRwshgNjY%4z1Ur`svE_4vtwc3hZNOu|4WP&F_*w@e3B=<hob2u'
    '=Vo+2q;O$5dI<fBBcT>z}<cil_-;BL!mW>n#M{F-y)7_>oNv5XTdk#HN#Yx{lC_;u7!1;;zq77*pU-zfGBUBD{?IYqAG'
    '1Q_(<Fk&hAp%I2y;Pr~`_4EegefvBOS*Tgose1qTGLQ~As7VekP6;pWB!ink9DJTBi$ayD2vT@DyB?Y@v68us#Rc+k$U'
    'r6UGKVo=<fUZ|;n(D=H{d?<h)RC1V40j1<LGzLDfAkm(eI)X`YON+Td+s%x4dWMr3_*3Ui=(wEM)mx*eJL5_5-u{^H~;'
    '=&$pgjCm+vS;FlHMoIf^9?C->|P4#_Y_IH^Fd>W|>3!g9Gvra7V1eCrv2KZ4@(;YXyuX^o|WFIY{HpX@r^$v{dpmCjSV'
    'qEXRD#lBAjSzuuhbH!}1FXTK*>z}jXz3(v6Z$eJ?~A?#EbeKMCM#KJ!q>xfmC)86obg(1$?ks!s*!8Gm)Id!i2YY?#gn'
    '?Z9AphT2&`Fe#TvBcGNp-W9LKEMUzRcDH;XB+>Ui2nyNKtEwA;rUccC>rj1601Nq|1vhHMg{cR2mz&)^TeN)C-?bHKU<'
    'lkOClbWfw#5r=*cc!h1FBOcQZn@RiOcYHqivoFr#k88mVNmaA(8$j7jhq4iyGJEuLDC_Fy#=hIz&yC@qi<PPw{G(4`ZW'
    'Y#nyh<O*%Q)nD$-$~5)$sG`DIlXH%c5C$9*B_pNW|!OTdd+tk#m=fG>}2eWV5gZbm)DgBkS#}NQ=!eb!zmn{|BlK?Sc')))


def loaded(name):
    return pickle.loads(OF_MXNET[name])


def input_of_net():
    return nd.arange(32).reshape((1, 2, 4, 4)) / 16


@pytest.mark.parametrize('protocol', [0, 2, 3, 4, 5])
def test_arrays_of_all_protocols(protocol):
    array = loaded(f'protocol {protocol}')
    assert type(array) is nd.NDArray and array.context == mx.cpu()
    assert array.dtype is np.float32 and array.asnumpy().tolist() == [[1, 2, 3], [4, 5, 6]]
    array[:] = 2
    assert (array + 1).sum().asscalar() == 18


@pytest.mark.parametrize('dtype', ['float16', 'float64', 'int8', 'int32', 'int64', 'uint8'])
def test_arrays_of_all_types(dtype):
    array = loaded(dtype)
    assert array.dtype == np.dtype(dtype) and array.asnumpy().tolist() == [[1, 2], [3, 4]]


def test_arrays_among_other_things():
    first, second, more = loaded('several')
    assert first is second
    assert more['more'].asnumpy().tolist() == [[2, 3, 4], [5, 6, 7]]


def test_arrays_of_numpys_face():
    array = loaded('np')
    assert type(array) is mx.np.ndarray and array.asnumpy().tolist() == [[1, 2], [3, 4]]
    scalar = loaded('np scalar')
    assert scalar.shape == () and scalar.dtype == np.int64 and scalar.item() == 7
    assert loaded('np bool').dtype == np.bool_
    assert loaded('np empty').shape == (0, 3)


def test_sparse_arrays():
    csr = loaded('csr')
    assert type(csr) is nd.sparse.CSRNDArray
    assert csr.asnumpy().tolist() == [[0, 1, 0], [2, 0, 3]]
    assert csr.indices.asnumpy().tolist() == [1, 0, 2]
    rows = loaded('row_sparse')
    assert type(rows) is nd.sparse.RowSparseNDArray
    assert rows.shape == (4, 2) and rows.indices.asnumpy().tolist() == [1, 3]


@pytest.mark.parametrize('kind', [nd.NDArray, nd.sparse.CSRNDArray, nd.sparse.RowSparseNDArray,
                                  mx.np.ndarray])
def test_an_array_of_nothing_is_an_empty_one(kind):
    array = kind(None)
    assert type(array) is kind and array.size == 0
    assert (array + array).size == 0 and array.copy().asnumpy().size == 0
    assert pickle.loads(pickle.dumps(array)).shape == array.shape
    array.__setstate__({'handle': None})
    assert array.size == 0


def test_an_array_that_mxnet_had_no_elements_of():
    assert loaded('nothing').size == 0


def test_arrays_that_are_not_whole_are_told():
    whole = OF_MXNET['protocol 5']
    begin, end = whole.index(b'\xc9\xfa\x93\xf9'), whole.rindex(np.float32(6).tobytes()) + 4
    array = whole[begin:end]
    for size in range(len(array)):
        with pytest.raises(mx.MXNetError, match='array 0: |bytes'):
            nd.NDArray(None).__setstate__({'handle': array[:size]})
    with pytest.raises(mx.MXNetError, match='expected 0 or 1 names'):
        nd.NDArray(None).__setstate__({'handle': array + b'more'})
    with pytest.raises(mx.MXNetError, match='stored as csr, found one stored as default'):
        nd.sparse.CSRNDArray(None).__setstate__({'handle': array})
    with pytest.raises(TypeError, match='expected the bytes of an array'):
        nd.NDArray(None).__setstate__({'handle': 3})
    with pytest.raises(TypeError, match='without elements'):
        nd.ones((2,)).__setstate__({'handle': array})
    for size in range(0, len(whole), 7):
        with pytest.raises((pickle.UnpicklingError, EOFError)):
            pickle.loads(whole[:size])


def test_symbols():
    symbol = loaded('symbol')
    assert type(symbol) is mx.sym.Symbol and symbol.name == 'softmax'
    assert symbol.list_arguments() == ['data', 'fc_weight', 'fc_bias', 'softmax_label']
    assert symbol.infer_shape(data=(2, 5))[1] == [(2, 3)]
    group = loaded('group')
    assert group.list_outputs() == ['fc_output', 'relu_output']


def test_symbols_that_are_not_whole_are_told():
    for json in ('{', '{}', loaded('symbol').tojson()[:-9]):
        with pytest.raises(mx.MXNetError, match='JSON'):
            mx.sym.Symbol(None).__setstate__({'handle': json})
    with pytest.raises(TypeError, match='string'):
        mx.sym.Symbol(None).__setstate__({'handle': 3})
    nothing = mx.sym.Symbol(None)
    nothing.__setstate__({'handle': None})
    assert nothing.list_arguments() == nothing.list_outputs() == []
    with pytest.raises(mx.MXNetError, match='nothing'):
        nothing.tojson()


def test_a_parameter_trains_on():
    weight = loaded('parameter')
    assert type(weight) is mx.gluon.Parameter and weight.name == weight.var().name == 'w'
    assert weight.lr_mult == 0.5 and weight.init.dumps() == mx.init.Xavier(magnitude=2).dumps()
    assert weight.grad_req == 'add' and weight.grad().asnumpy().tolist() == [[6] * 3] * 2
    with mx.autograd.record():
        loss = (weight.data() * 3).sum()
    loss.backward()
    assert weight.grad().asnumpy().tolist() == [[9] * 3] * 2
    mx.gluon.Trainer([weight], 'sgd', {'learning_rate': 0.1}).step(1)
    np.testing.assert_allclose(weight.data().asnumpy(), 1 - 9 * 0.1 * 0.5, rtol=1e-6)


def test_a_parameter_stands_where_it_stood():
    weight = loaded('two places')
    places = [mx.cpu(0), mx.cpu(1)]
    assert weight.list_ctx() == places
    assert [array.context for array in weight.list_data()] == places
    assert [array.context for array in weight.list_grad()] == places
    assert weight.data(mx.cpu(1)).asnumpy().tolist() == [[1] * 3] * 2


def test_a_parameter_of_a_gpu_that_is_not_there():
    weight = loaded('parameter')
    weight._ctx_list = [mx.gpu(63)]
    weight = pickle.loads(pickle.dumps(weight))
    assert weight.list_ctx() == [mx.cpu()]
    assert weight.data(mx.cpu()).asnumpy().tolist() == [[1] * 3] * 2


def test_a_parameter_that_waits_for_its_shape():
    weight = loaded('deferred')
    weight.shape = (2, 4)
    weight._finish_deferred_init()
    assert weight.data().asnumpy().tolist() == [[1] * 4] * 2


def test_a_constant():
    constant = loaded('constant')
    assert type(constant) is mx.gluon.Constant and constant.grad_req == 'null'
    constant.initialize()
    assert constant.data().asnumpy().tolist() == constant.value.asnumpy().tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize('hybrid', [False, True])
@pytest.mark.parametrize('name', ['net', 'symbol block'])
def test_networks(name, hybrid):
    net = loaded(name)
    if hybrid:
        net.hybridize()
    expected = loaded('outputs').asnumpy()
    np.testing.assert_allclose(net(input_of_net()).asnumpy(), expected, rtol=1e-5)
    again = pickle.loads(pickle.dumps(net))
    np.testing.assert_allclose(again(input_of_net()).asnumpy(), expected, rtol=1e-5)
    trainer = mx.gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    with mx.autograd.record():
        loss = net(input_of_net()).sum()
    loss.backward()
    trainer.step(1)
    assert abs(net(input_of_net()).asnumpy() - expected).max() > 0.1
    assert 'Conv2D(2 -> 2' in repr(net) or name != 'net'


@pytest.mark.parametrize('hybrid', [False, True])
def test_recurrent_layers(hybrid):
    layer, cell = loaded('lstm'), loaded('gru')
    if hybrid:
        layer.hybridize()
        cell.hybridize()
    np.testing.assert_allclose(layer(nd.ones((3, 1, 2))).asnumpy(),
                               loaded('outputs of lstm').asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(cell(nd.ones((1, 2)), [nd.ones((1, 2))])[0].asnumpy(),
                               loaded('outputs of gru').asnumpy(), rtol=1e-5)
