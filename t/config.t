# Every directive of the manual's table: where it may stand, how it merges,
# what is said when it is misused.
# long

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new;
$t->{redis_port} = 1;
$t->write('secret', "secret\n");
$t->write('empty', "\n");
$t->write('short-keys', "# comment\n\nk1:too-short\n");
$t->write('no-colon', "nothing\n");
$t->write('broken.json', "{\n  \"store\": \"shop\",\n  \"revision\": 0\n}\n");
$t->write('not.json', "{\n  \"store\": shop }\n");
$t->write('other.json', JSON::PP->new->encode($t->campaign(store => 'other')));
$t->write('unknown.json', JSON::PP->new->indent->encode({%{$t->campaign}, offer => []}));
$t->write('twice.json', JSON::PP->new->encode($t->campaign(offers => [
    {id => 'a', reasons => ['*'], give => {free_shipping => {}}},
    {id => 'a', reasons => ['*'], give => {free_shipping => {}}}])));
my %api = (base => 'http://store.test', source => 'woocommerce', read => {url => '/{{order.id}}'});
$t->write('call.json', JSON::PP->new->encode($t->campaign(api => {%api, read => {url => '/{{#order}}'}})));
$t->write('source.json', JSON::PP->new->encode($t->campaign(api => {%api, source => 'nope'})));
$t->write('yen.json', JSON::PP->new->encode($t->campaign(offers => [
    {id => 'a', reasons => ['*'], give => {discount => {amount => {JPY => '5.50'}}}}])));
my $dir = $t->dir;

sub good {
    my ($name, %o) = @_;
    my ($ok, $text) = $t->try_config(%o);
    ok $ok, $name or diag $text;
}

sub bad {
    my ($name, $re, %o) = @_;
    my ($ok, $text) = $t->try_config(%o);
    ok !$ok && $text =~ $re, $name or diag $ok ? 'it was taken' : $text;
}

# what nginx warns of in a configuration that it takes
sub warnings {
    my (%o) = @_;
    my ($ok, $text) = $t->try_config(%o);
    return $ok ? join '', map { "$_\n" } grep { /\[warn\]/ } split /\n/, $text : $text;
}

sub warns {
    my ($name, $re, %o) = @_;
    like warnings(%o), $re, $name;
}

my $r = "ordersave_redis 127.0.0.1:1";
good 'a redis with all its options', redis => "$r db=3 user=shop password_file=$dir/secret timeout=20ms queue=100 prefix=p shards=32;";
good 'a redis on a socket', redis => 'ordersave_redis unix:/tmp/x.sock;';
good 'sentinels', redis => 'ordersave_redis sentinel:127.0.0.1:26379,127.0.0.1 master=shop;';
bad 'sentinels without a master', qr/"sentinel:" and "master=" go together in .*:\d+/, redis => 'ordersave_redis sentinel:127.0.0.1;';
bad 'a master without sentinels', qr/"sentinel:" and "master=" go together/, redis => "$r master=shop;";
bad 'redis: two', qr/"ordersave_redis" directive is duplicate in .*nginx\.conf:\d+/, redis => "$r; $r;";
bad 'redis: no address', qr/no port in|invalid port|expected HOST\[:PORT\], unix:PATH or sentinel:HOST/, redis => 'ordersave_redis 127.0.0.1:nine;';
bad 'redis: an unknown option', qr/invalid parameter "pass=x": expected ssl, ssl_name=, [^\n]*shards= or master= in .*:\d+/, redis => "$r pass=x;";
bad 'redis: db', qr/invalid parameter "db=x": expected a number of a database/, redis => "$r db=x;";
bad 'redis: timeout', qr/invalid parameter "timeout=20s": expected a time from 1ms to 10s/, redis => "$r timeout=20s;";
bad 'redis: queue', qr/invalid parameter "queue=0": expected a number of commands from 1/, redis => "$r queue=0;";
bad 'redis: shards', qr/invalid parameter "shards=257": expected a number from 1 to 256/, redis => "$r shards=257;";
bad 'redis: prefix', qr/expected a prefix of 1 to 63 characters without braces/, redis => "$r \"prefix=a{b\";";
bad 'redis: password file', qr/nowhere: cannot be opened: No such file/, redis => "$r password_file=$dir/nowhere;";
bad 'redis: an option twice', qr/invalid parameter "db=2": expected each parameter once in .*:\d+/, redis => "$r db=1 timeout=20ms db=2;";
bad 'redis: an empty password file', qr/empty" is empty: expected a secret/, redis => "$r password_file=$dir/empty;";
bad 'redis in a server', qr/"ordersave_redis" directive is not allowed here/, server => "$r;";

good 'a spool with a size', spool => "ordersave_spool $dir/s2 size=1m;";
good 'no spool', spool => 'ordersave_spool off;';
bad 'spool: two', qr/"ordersave_spool" directive is duplicate/, spool => "ordersave_spool $dir/a; ordersave_spool $dir/b;";
bad 'spool: size', qr/invalid parameter "size=1": expected size= of at least 4k/, spool => "ordersave_spool $dir/s2 size=1;";
bad 'spool: a file', qr/"ordersave_spool": "\S+secret" is not a folder in .*:\d+/, spool => "ordersave_spool $dir/secret;";
bad 'spool: a folder that cannot be', qr/mkdir\(\) ".*" failed/, spool => "ordersave_spool $dir/no/such/folder;";


my @in = ('ordersave_cancel on;', 'ordersave_order_id $arg_o;');
good 'cancel on', server => "@in";
good 'cancel off needs nothing', server => 'location / { ordersave_cancel off; }';
good 'cancel by a variable', server => 'ordersave_cancel $arg_c; ordersave_order_id $arg_o;';
bad 'cancel without an order id', qr/"ordersave_cancel" needs "ordersave_order_id", which is not set here or above in .*nginx\.conf:\d+/, server => 'ordersave_cancel on;';
bad 'cancel without redis', qr/"ordersave_cancel" needs "ordersave_redis"/, redis => ' ', server => "@in";
bad 'cancel: two', qr/"ordersave_cancel" directive is duplicate/, server => "@in ordersave_cancel on;";
bad 'cancel: no value', qr/invalid number of arguments in "ordersave_cancel"/, server => 'ordersave_cancel;';
bad 'cancel: an unknown variable', qr/unknown "nothing" variable/, server => 'ordersave_cancel $nothing; ordersave_order_id $arg_o;';

good 'order id by another name', server => 'ordersave_cancel on; ordersave_order_id $arg_n by=number;';
good 'order id by a tracking number', server => 'ordersave_cancel on; ordersave_order_id $arg_n by=tracking;';
bad "order id: $_", qr/invalid parameter "\Q$_\E": expected by=number or by=tracking in .*:\d+/, server => "ordersave_order_id \$arg_n $_;"
    for qw(by=nonsense by=a/b by=phone by=);
bad "a variable without a name: $_", qr/variable "\$ordersave_$_": expected the name of an argument after it/, server => "ordersave_cancel \$ordersave_$_; ordersave_order_id \$arg_o;"
    for qw(has_ arg_ body_);
bad 'order id: option', qr/invalid parameter "as=number": expected by=/, server => 'ordersave_order_id $arg_n as=number;';
bad 'order id: two', qr/"ordersave_order_id" directive is duplicate/, server => 'ordersave_order_id a; ordersave_order_id b;';

good "mode $_", server => "@in ordersave_mode $_;" for qw(on off observe $arg_m);
bad 'mode: another word', qr/invalid "ordersave_mode" value "maybe": expected "on", "off", "observe" or a variable/, server => "@in ordersave_mode maybe;";

good 'proof, bypass, locale, segment take variables', server => "@in" . ' ordersave_proof $arg_k; ordersave_bypass $arg_a $arg_b; ordersave_locale $arg_l; ordersave_segment $arg_s;';
for my $d (qw(proof locale segment)) {
    bad "$d: two", qr/"ordersave_$d" directive is duplicate/, server => "ordersave_$d a; ordersave_$d b;";
}

good 'verify', server => "@in ordersave_verify /whose/\$arg_o contains=\$arg_o timeout=2s;";
good 'verify off', server => "@in ordersave_verify off;";
bad 'verify: no URI', qr/invalid parameter "whose": expected a URI that begins with "\/", or "off"/, server => 'ordersave_verify whose;';
bad 'verify: option', qr/invalid parameter "has=x": expected contains= or timeout=/, server => 'ordersave_verify /w has=x;';
bad 'verify: an option twice', qr/invalid parameter "contains=y": expected each parameter once/, server => 'ordersave_verify /w contains=x contains=y;';
bad 'verify: timeout', qr/invalid parameter "timeout=2h": expected a time from 1ms to 60s/, server => 'ordersave_verify /w timeout=2h;';

# what goes into pages

my @track = ('ordersave_order_id $arg_o;', 'ordersave_track on;');
good 'track', server => "@track ordersave_anchor before .order; ordersave_anchor append body; ordersave_shown '#number';";
good 'track off needs nothing', server => 'location / { ordersave_track off; }';
good 'track by a variable', server => 'ordersave_order_id $arg_o; ordersave_track $arg_t; ordersave_anchor append body;';
bad 'track without an anchor', qr/"ordersave_track" needs "ordersave_anchor", which is not set here or above in .*nginx\.conf:\d+/, server => "@track";
bad 'track without an order id', qr/"ordersave_track" needs "ordersave_order_id"/, server => 'ordersave_track on; ordersave_anchor append body;';
bad 'track without redis', qr/"ordersave_track" needs "ordersave_redis"/, redis => ' ', server => "@track ordersave_anchor append body;";
bad 'track: two', qr/"ordersave_track" directive is duplicate/, server => 'ordersave_track on; ordersave_track on;';
bad 'anchor: place', qr/"inside": expected "before", "prepend", "append" or "after" in .*:\d+/, server => 'ordersave_anchor inside body;';
bad 'anchor: selector', qr/selector "div p", character 4: expected one element: a tag, #id, \.class, \[name=value\] or these together in .*:\d+/, server => 'ordersave_anchor before "div p";';
bad 'anchor: no place beside', qr/selector "tr": nothing can stand before <tr>/, server => 'ordersave_anchor before tr;';
bad 'anchor: no place in', qr/selector "img\.x": nothing can stand in <img>/, server => 'ordersave_anchor append img.x;';
bad 'anchor: arguments', qr/invalid parameter "body": expected "off", or a place and a selector in .*:\d+/, server => 'ordersave_anchor body;';
bad 'insert: one argument', qr/invalid parameter "returns": expected "off", or a block, a place and a selector in .*:\d+/, server => 'ordersave_insert returns;';
good 'anchor, insert, proof off below', server => 'ordersave_anchor append body; ordersave_insert returns append body; ordersave_proof $arg_k; ordersave_proof $arg_e by=email;
    location /a/ { ordersave_anchor off; ordersave_insert off; ordersave_proof off; }';
bad "$_ after off", qr/"ordersave_\w+" directive is "off" here already in .*:\d+/, server => "$_ location /a/ { @{[/^(\S+)/]} off; $_ }"
    for 'ordersave_anchor append body;', 'ordersave_insert returns append body;';
bad "off after $_", qr/"ordersave_\w+" directive is set here already, and not "off"|duplicate/, server => "$_ @{[/^(\S+)/]} off;"
    for 'ordersave_anchor append body;', 'ordersave_insert returns append body;', 'ordersave_proof $arg_x;', 'ordersave_proof $arg_x by=email;';
bad 'proof after off', qr/"ordersave_proof" directive is duplicate/, server => 'ordersave_proof off; ordersave_proof $arg_x;';
bad 'track where the anchor is off', qr/"ordersave_track" needs "ordersave_anchor"/, server => "ordersave_anchor append body; location /a/ { @track ordersave_anchor off; }";
good 'shown off', server => 'ordersave_shown off;';
bad 'shown: two', qr/"ordersave_shown" directive is duplicate/, server => 'ordersave_shown .a; ordersave_shown .b;';
bad 'shown: selector', qr/selector "\*", character 1: expected one element/, server => 'ordersave_shown *;';
bad 'shown: no text', qr/selector "input": nothing can stand as text in <input>/, server => 'ordersave_shown input;';
good 'insert, without redis', redis => ' ', server => 'ordersave_insert returns append body; ordersave_insert returns after main;';
bad 'insert: name', qr/invalid parameter "Returns": expected a block's name: letters a to z, digits, "_" in .*:\d+/, server => 'ordersave_insert Returns append body;';
bad 'insert: a block that is not there', qr/block_magic\.html\.mustache cannot be read.*in .*nginx\.conf:\d+/, server => 'ordersave_insert magic append body;';
bad 'insert: place', qr/"in": expected "before"/, server => 'ordersave_insert returns in body;';
bad 'insert: arguments', qr/invalid number of arguments in "ordersave_insert"/, server => 'ordersave_insert returns body;';
good '16 anchors', server => join ' ', map { "ordersave_insert returns before .a$_;" } 1 .. 16;
bad '17 anchors', qr/17 anchors: expected at most 16 of "ordersave_anchor", "ordersave_insert" and "ordersave_shown" together/, server => join ' ', map { "ordersave_insert returns before .a$_;" } 1 .. 17;
good 'types', server => 'ordersave_types application/xhtml+xml text/html;';
bad 'types: none', qr/invalid number of arguments in "ordersave_types"/, server => 'ordersave_types;';

my $loc = 'location /a/ { ordersave_campaign';
# what follows a purchase

mkdir "$dir/photos";
good 'open panels', http => 'ordersave_live 0;';
bad 'live: no number', qr/invalid number in .*:\d+/, http => 'ordersave_live many;';
bad 'live: two', qr/"ordersave_live" directive is duplicate/, http => 'ordersave_live 1; ordersave_live 2;';
bad 'live in a server', qr/"ordersave_live" directive is not allowed here/, server => 'ordersave_live 1;';
good 'photos', server => "ordersave_photos $dir/photos max=2m;";
{
    # as another user than the test's
    mkdir "$dir/closed", 0755;
    for my $case ([closed => 0], [photos => 1]) {
        my ($folder, $may) = @$case;
        chmod 0777, "$dir/photos";
        $t->write('nginx.conf', $t->config(server => "ordersave_photos $dir/$folder;") =~ s/^user root;/user www-data;/mr);
        my ($ok, $text) = $t->nginx_test;
        ok $ok == $may, "photos: a folder that nginx may" . ($may ? '' : ' not') . ' write to' or diag $text;
        like $text, qr/"ordersave_photos": "\S+closed" cannot be written to by nginx' "user" in .*:\d+/, 'told' unless $may;
    }
}
bad 'photos: no folder', qr/"ordersave_photos": ".*nowhere" is not a folder in .*:\d+/, server => "ordersave_photos $dir/nowhere;";
bad 'photos: a size that is none', qr/invalid parameter "max=big": expected max=SIZE/, server => "ordersave_photos $dir/photos max=big;";
bad 'photos: two', qr/"ordersave_photos" directive is duplicate/, server => "ordersave_photos $dir/photos; ordersave_photos $dir/photos;";
good 'two proofs', server => 'ordersave_proof $arg_key; ordersave_proof $arg_email by=email;';
bad 'proof: another kind', qr/invalid parameter "by=phone": expected by=email/, server => 'ordersave_proof $arg_x by=phone;';
bad 'proof by e-mail: two', qr/"ordersave_proof" directive is duplicate/, server => 'ordersave_proof $arg_x by=email; ordersave_proof $arg_y by=email;';

bad 'campaign: not there', qr{/nowhere\.json: cannot be opened: No such file}, server => "$loc $dir/nowhere.json; }";
bad 'campaign: not JSON', qr{/not\.json:2:\d+: not JSON: }, server => "$loc $dir/not.json; }";
bad 'campaign: what the schema says', qr{/broken\.json:\d+:\d+: /.*expected}, server => "$loc $dir/broken.json; }";
bad 'campaign: an unknown member', qr{/unknown\.json:\d+:\d+: /offer: "offer" is not known here; expected one of}, server => "$loc $dir/unknown.json; }";
bad 'campaign: what it cannot say', qr{/twice\.json:1:\d+: /offers/1/id: expected an id no other offer has}, server => "$loc $dir/twice.json; }";
bad 'campaign: an API call that is no template', qr{/call\.json:1:\d+: /api/read/url: template:1:2: expected the end of section "order"}, server => "$loc $dir/call.json; }";
bad 'campaign: an API of an unknown source', qr{/source\.json:1:\d+: /api/source: .*sources/nope\.json cannot be read}, server => "$loc $dir/source.json; }";
bad 'campaign: more digits than the currency has', qr{/yen\.json:1:\d+: /offers/0/give/discount/amount/JPY: expected at most 0 digits}, server => "$loc $dir/yen.json; }";
bad 'campaign: of another store', qr{"ordersave_store" is "shop", but .*other\.json is of "other"}, server => "$loc $dir/other.json; ordersave_cancel on; ordersave_order_id \$arg_o; }";
bad 'campaign: two', qr/"ordersave_campaign" directive is duplicate/, server => "ordersave_campaign $dir/campaign.json;";

bad 'keys: too short', qr{/short-keys:3: expected a key of at least 32 characters}, server => "location /a/ { ordersave_key_file $dir/short-keys; }";
bad 'keys: no colon', qr{/no-colon:1: expected "id:key"}, server => "location /a/ { ordersave_key_file $dir/no-colon; }";
bad 'keys: none', qr{/empty: expected at least one line}, server => "location /a/ { ordersave_key_file $dir/empty; }";

my $ingest = 'location = /i { ordersave_ingest';
good 'ingest', server => "$ingest woocommerce secret_file=$dir/secret; }";
good 'ingest of a file of the shop', server => "$ingest $t->{share}/sources/generic.json secret_file=$dir/secret; }";
{
    # whatever the order in which they come
    my $text = $t->config(server => "$ingest generic secret_file=$dir/secret; }");
    my ($share) = $text =~ s/^ *(ordersave_share [^;]+;)\n//m ? $1 : die;
    $text =~ s/\}\s*\z/$share\n}\n/;
    $t->write('nginx.conf', $text);
    my ($ok, $said) = $t->nginx_test;
    ok $ok, 'ingest before share' or diag $said;
}
bad 'ingest: an unknown source', qr{sources/magic\.json: cannot be opened.* in \S+nginx\.conf:\d+}, server => "$ingest magic secret_file=$dir/secret; }";
bad 'ingest: unsigned', qr/source "woocommerce" is signed: expected secret_file=/, server => "$ingest woocommerce; }";
bad 'ingest: option', qr/invalid parameter "secret=x": expected secret_file=/, server => "$ingest woocommerce secret=x; }";
bad 'ingest in a server', qr/"ordersave_ingest" directive is not allowed here/, server => 'ordersave_ingest woocommerce;';
bad 'ingest without redis', qr/"ordersave_ingest" needs "ordersave_redis"/, redis => ' ', server => "$ingest woocommerce secret_file=$dir/secret; }";

good "status$_", server => "location = /s { ordersave_status$_; }" for '', ' json', ' prometheus';
bad 'status: format', qr/invalid parameter "xml": expected "json" or "prometheus"/, server => 'location = /s { ordersave_status xml; }';
bad 'status in a server', qr/"ordersave_status" directive is not allowed here/, server => 'ordersave_status;';
good 'api', server => 'location /ordersave/ { ordersave_api on; }';
my $elsewhere = sub { qr{"ordersave_api" in location "\Q$_[0]\E": expected "/ordersave/", the api_path of \S+campaign\.json, or "/o/", its short_path in .*nginx\.conf:\d+} };
good "api in location $_", server => "location $_ { ordersave_api on; }" for '/', '/ordersave', '^~ /ordersave/', '= /ordersave/panel.css', '/o/', '~ ^/o/', '@ours';
bad "api in location $_", $elsewhere->($_ =~ s/^= //r), server => "location $_ { ordersave_api on; }" for '/os/', '= /ordersave', '/ordersave2/';
bad 'api where another location has it from', $elsewhere->('/shop/'), server => 'location / { ordersave_api on; location /shop/ { return 204; } }';
bad 'api and ingest', qr/"ordersave_api" and "ordersave_ingest" in one location: expected one of them, or "ordersave_api off" below one that is on in .*:\d+/,
    server => "location /ordersave/ { ordersave_api on; location = /ordersave/in { ordersave_ingest woocommerce secret_file=$dir/secret; } }";
good 'api off, and ingest', server => "location /ordersave/ { ordersave_api on; location = /ordersave/in { ordersave_api off; ordersave_ingest woocommerce secret_file=$dir/secret; } }";
bad 'api and status', qr/"ordersave_api" and "ordersave_status" in one location/, server => 'location /ordersave/ { ordersave_api on; ordersave_status; }';
bad 'ingest and status', qr/"ordersave_ingest" and "ordersave_status" in one location: expected one of them in/, server => "$ingest woocommerce secret_file=$dir/secret; ordersave_status; }";
bad "api beside $_", qr/"ordersave_api" beside "proxy_pass" or another directive that answers, of which one never would: expected one of them in .*:\d+/,
    server => "location /ordersave/ { ordersave_api on; $_ }" for 'proxy_pass http://127.0.0.1:1;', 'fastcgi_pass 127.0.0.1:1;';
good 'api off, and a proxy below', server => 'location /ordersave/ { ordersave_api on; location /ordersave/x { ordersave_api off; proxy_pass http://127.0.0.1:1; } }';
warns "a panel in a location with $_", qr/nothing goes into pages of a location with "ordersave_api", "ordersave_ingest" or "ordersave_status": take .* out of it in .*:\d+/,
    server => "location /ordersave/ { $_ @track ordersave_anchor append body; }" for 'ordersave_api on;', 'ordersave_status;', "ordersave_ingest generic secret_file=$dir/secret;";
is warnings(server => "@track ordersave_proof \$arg_k; ordersave_anchor append body; location /ordersave/ { ordersave_api on; }"), '', 'nothing is said of what a location has from above';

# a panel that never comes

my $never = 'no panel is ever shown here';
warns 'a panel of nobody', qr/$never: nothing says whose order it is; expected "ordersave_proof", "ordersave_shown" or "ordersave_verify" in .*:\d+/,
    server => "location /a/ { @track ordersave_anchor append body; }";
is warnings(server => "location /a/ { @track ordersave_anchor append body; $_ }"), '', "but with $_"
    for 'ordersave_proof $arg_k;', 'ordersave_proof $arg_k by=email;', 'ordersave_shown mark;', 'ordersave_verify /a;';
warns 'a panel where the mode is off', qr/$never: "ordersave_mode" is "off" in .*:\d+/,
    server => "location /a/ { @track ordersave_anchor append body; ordersave_shown mark; ordersave_mode off; }";
unlike warnings(server => "location /a/ { @track ordersave_anchor append body; ordersave_shown mark; ordersave_mode $_; }"), qr/$never/, "not where it is $_" for qw(observe $arg_m);

# a form's fields, where none is read

my $early = 'takes "\$ordersave_body_x", where no body is read yet: expected something of the query, or of the path in .*:\d+';
bad 'cancel of a body', qr/"ordersave_cancel" $early/, server => 'ordersave_cancel $ordersave_body_x; ordersave_order_id $arg_o;';
is warnings(server => 'ordersave_cancel $ordersave_body_x; ordersave_order_id $arg_o; ordersave_track on; ordersave_proof $arg_k; ordersave_anchor append body;'), '', 'but where a panel reads it';
bad 'track of a body', qr/"ordersave_track" $early/, server => 'ordersave_track $ordersave_body_x; ordersave_order_id $arg_o; ordersave_anchor append body;';
is warnings(server => 'ordersave_cancel $arg_c; ordersave_order_id $ordersave_body_x; ordersave_proof $ordersave_body_y;'), '', 'where cancels are met it may be';
is warnings(server => 'ordersave_track on; ordersave_anchor append body; ordersave_order_id $ordersave_body_x; ordersave_proof $ordersave_body_y by=email;'), '', 'and where there is a panel';
for my $name (qw(ordersave_bypass ordersave_mode)) {
    bad "$name of a body", qr/"$name" $early/, server => "ordersave_cancel \$arg_c; ordersave_order_id \$arg_o; $name \$ordersave_body_x;";
}
for my $what ("ordersave_ingest generic secret_file=$dir/secret", 'ordersave_status') {
    my ($name) = $what =~ /(\w+)/;
    my $beside = qr/"$name" beside "proxy_pass" or another directive that answers, of which one never would: expected one of them in .*:\d+/;
    bad "$name before proxy_pass", $beside, server => "location /a/ { $what; proxy_pass http://127.0.0.1:1; }";
    bad "$name behind proxy_pass", $beside, server => "location /a/ { proxy_pass http://127.0.0.1:1; $what; }";
}
warns 'a body, and no cancel', qr/"\$ordersave_body_x" is always empty: a body is read only where "ordersave_cancel" or "ordersave_track" is set/, server => 'location /a/ { return 200 $ordersave_body_x; }';

# who is to answer requests

{
    $t->write('requests.json', JSON::PP->new->encode($t->campaign(requests => {answer_within => '1d'})));
    my $at = sub { (server => "location /ordersave/ { ordersave_campaign $dir/requests.json; ordersave_api on; @_ }") };
    warns 'requests that nobody can answer', qr/nobody can answer requests of \S+requests\.json: expected "ordersave_staff", or a line "support:CODE" in the key file/, $at->();
    is warnings($at->('ordersave_staff $remote_user;')), '', 'and those that somebody can';
}

# who gets an SMS follows its link

$t->write('links.json', JSON::PP->new->encode($t->campaign(track => {short_path => '/s/'})));
{
    my $at = sub { my ($more) = @_; (server => "location /x/ { ordersave_campaign $dir/links.json; location /x/ordersave/ { } } location /ordersave/ { ordersave_campaign $dir/links.json; ordersave_api on; } $more") };
    warns 'short links that nobody serves', qr{short links of \S+links\.json lead to "/s/", which no location serves: expected one of that name with "ordersave_api on"}, $at->('');
    is warnings($at->("location /s/ { ordersave_campaign $dir/links.json; ordersave_api on; }")), '', 'and those that somebody does';
    is warnings(server => 'location /ordersave/ { ordersave_api on; }'), '', 'nor where there is no SMS';
}
bad 'api: a word', qr/invalid value "yes" in "ordersave_api" directive, it must be "on" or "off"/, server => 'location /o/ { ordersave_api yes; }';
bad 'api in a server', qr/"ordersave_api" directive is not allowed here/, server => 'ordersave_api on;';

# the rest of the table

bad 'share: two', qr/"ordersave_share" directive is duplicate/, http => "ordersave_share $dir;";
bad 'share in a server', qr/"ordersave_share" directive is not allowed here/, server => "ordersave_share $dir;";
{
    local $t->{share} = "$dir/nowhere";
    bad 'share: a folder that is not there', qr{nowhere/campaign\.schema\.json: cannot be opened}, server => "@in";
}
bad 'spool in a server', qr/"ordersave_spool" directive is not allowed here/, server => 'ordersave_spool off;';
bad 'store: two', qr/"ordersave_store" directive is duplicate/, server => 'ordersave_store b;';
bad "store: $_", qr/invalid parameter "\Q$_\E": expected a store's name: .* in .*nginx\.conf:\d+/, server => "location /a/ { ordersave_store \"$_\"; }"
    for 'a/b', '$host', 'Shop', '-a', 'a' x 33, '';
bad 'keys: two', qr/"ordersave_key_file" directive is duplicate/, server => "ordersave_key_file $dir/keys;";
bad 'keys: not there', qr{/nowhere: cannot be opened: No such file}, server => "location /a/ { ordersave_key_file $dir/nowhere; }";
bad "$_: two", qr/"ordersave_$_" directive is duplicate/, server => "ordersave_$_ on; ordersave_$_ on;" for 'mode';
bad 'verify: two', qr/"ordersave_verify" directive is duplicate/, server => 'ordersave_verify /a; ordersave_verify /b;';
bad "$_: no value", qr/invalid number of arguments in "ordersave_$_"/, server => "ordersave_$_;"
    for qw(store campaign key_file mode order_id proof verify bypass locale segment track shown photos);
bad 'redis: no value', qr/invalid number of arguments in "ordersave_redis"/, redis => 'ordersave_redis;';
bad 'api: two', qr/"ordersave_api" directive is duplicate/, server => 'location /a/ { ordersave_api on; ordersave_api on; }';
bad 'api without redis', qr/"ordersave_api" needs "ordersave_redis"/, redis => ' ', server => 'location /a/ { ordersave_api on; }';
bad 'ingest: two', qr/"ordersave_ingest" directive is duplicate/, server => "$ingest woocommerce secret_file=$dir/secret; ordersave_ingest generic secret_file=$dir/secret; }";
bad 'ingest: a secret that is not there', qr{/nowhere: cannot be opened: No such file}, server => "$ingest woocommerce secret_file=$dir/nowhere; }";
bad 'status: two', qr/"ordersave_status" directive is duplicate/, server => 'location = /s { ordersave_status; ordersave_status json; }';
good 'all that may stand in http', http => join ' ', (map { "ordersave_$_;" }
    "store shop", "campaign $dir/campaign.json", "key_file $dir/keys", 'mode observe', 'cancel off', 'order_id $arg_o', 'proof $arg_p',
    'verify /whose', 'bypass $arg_b', 'locale $arg_l', 'segment $arg_s', "photos $dir/photos", 'track off', 'anchor append body',
    'shown .number', 'insert returns append body', 'types text/html');

# what a level misses is told with the line where it begins

for my $case (['store', "ordersave_campaign $dir/campaign.json; ordersave_key_file $dir/keys;"],
              ['campaign', "ordersave_store shop; ordersave_key_file $dir/keys;"],
              ['key_file', "ordersave_store shop; ordersave_campaign $dir/campaign.json;"]) {
    my ($ok, $text) = $t->try_config(http => "server { # here\n listen 127.0.0.1:1; $case->[1] @in }");
    my ($line) = grep { ($t->read('nginx.conf') =~ /^(.*\n){$_}.*# here/) } 0 .. 99;
    like $text, qr/"ordersave_cancel" needs "ordersave_$case->[0]", which is not set here or above in .*nginx\.conf:@{[$line + 1]}$/m, "no $case->[0], told with the server's line";
}

# what merges: a location takes from above, or replaces

$t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {discount => {percent => '10'}}},
    {id => 'vip', reasons => ['*'], give => {free_shipping => {}}, when => {segments => ['vip']}}]})
    ->start_redis->start_upstream(sub { $_[0] =~ m{^GET /whose}
        ? "HTTP/1.1 200 OK\r\nX-Ordersave-Order: 19\r\nContent-Length: 0\r\n\r\n"
        : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->write('b.json', JSON::PP->new->encode($t->campaign(store => 'b', brand => {name => 'Second Shop'})));
$t->write('b.keys', 'b1:' . 'b' x 40 . "\n");
$t->write('secret', "secret\n");
$t->order($_) for 19, 20;
{
    local $t->{store} = 'b';
    $t->order(19);
}
$t->start_nginx(server => <<'EOT');
        ordersave_cancel   $arg_cancel;
        ordersave_order_id $arg_order;
        ordersave_proof    $arg_key;
        ordersave_bypass   $arg_skip;
        ordersave_locale   $arg_lang;
        location / { proxy_pass http://store; }
        location /order/ { ordersave_order_id $arg_other; proxy_pass http://store/; }
        location /proof/ { ordersave_proof $arg_secret; proxy_pass http://store/; }
        location /skip/ { ordersave_bypass $arg_jump; proxy_pass http://store/; }
        location /lang/ { ordersave_locale fr; proxy_pass http://store/; }
        location /watch/ { ordersave_mode observe; proxy_pass http://store/; }
        location /mode/ { ordersave_mode $arg_mode; proxy_pass http://store/; }
        location /vip/ { ordersave_segment vip; proxy_pass http://store/;
            location /vip/not/ { ordersave_segment ""; proxy_pass http://store/; } }
        location /verify/ { ordersave_verify /whose; proxy_pass http://store/;
            location /verify/here/ { proxy_pass http://store/; }
            location /verify/not/ { ordersave_verify off; proxy_pass http://store/; } }
        location = /whose { internal; proxy_pass http://store; }
        location /b/ { ordersave_store b; ordersave_campaign b.json; ordersave_key_file b.keys; proxy_pass http://store/; }
        location /ordersave/ { ordersave_api on;
            location /ordersave/deep/ { proxy_pass http://store/; }
            location = /ordersave/not { ordersave_api off; proxy_pass http://store/; } }
        location /in/ { ordersave_ingest generic secret_file=secret;
            location /in/below/ { proxy_pass http://store/; } }
        location /status { ordersave_status;
            location /status/below { proxy_pass http://store/; } }
        location /never/ { ordersave_cancel off; proxy_pass http://store/; }
EOT

my $q = 'cancel=1&order=19&key=wc_order_19';
my $offered = sub { $t->get($_[0])->{body} =~ /ordersave_token/ ? 'offer' : 'store' };
is $offered->("/?$q"), 'offer', 'all from the server';
is $offered->('/?cancel=0&order=19&key=wc_order_19'), 'store', 'cancel: 0 is no';
is $offered->('/?cancel=&order=19&key=wc_order_19'), 'store', 'cancel: empty is no';
is $offered->("/?$q&skip=1"), 'store', 'bypass from the server';
is $offered->("/?$q&skip=0"), 'offer', 'bypass: 0 is no';
is $offered->("/skip/?$q&skip=1"), 'offer', 'bypass replaced as a whole';
is $offered->("/skip/?$q&jump=1"), 'store', 'by the one of the location';
is $offered->("/order/?cancel=1&other=20&key=wc_order_20"), 'offer', 'order id replaced';
is $offered->("/proof/?cancel=1&order=19&secret=wc_order_19"), 'offer', 'proof replaced';
is $offered->("/proof/?$q"), 'store', 'and no longer the one above';
is $offered->("/never/?$q"), 'store', 'cancel off below';
like $t->get("/?$q&lang=fr")->{body}, qr/<html lang="fr"/, 'locale from the server';
like $t->get("/lang/?$q&lang=en")->{body}, qr/<html lang="fr"/, 'locale replaced';
like $t->get("/?$q", headers => ['Accept-Language: xx, en;q=0.4, fr-CA;q=0.8'])->{body}, qr/<html lang="fr"/, 'Accept-Language by weight';
is $offered->("/watch/?$q"), 'store', 'mode replaced';
is $offered->("/mode/?$q&mode=on"), 'offer', 'mode by a variable';
is $offered->("/mode/?$q&mode=perhaps"), 'store', 'mode: another value is off';
my $offers = sub { join ' ', $t->get($_[0])->{body} =~ /value="accept:(\w+)"/g };
unlike $offers->("/?$q"), qr/vip/, 'segment: none by default';
like $offers->("/vip/?$q"), qr/vip/, 'segment of a location';
unlike $offers->("/vip/not/?$q"), qr/vip/, 'segment replaced below';
my $stranger = 'cancel=1&order=19';
is $offered->("/?$stranger"), 'store', 'verify: off by default';
is $offered->("/verify/?$stranger"), 'offer', 'verify of a location';
is $offered->("/verify/here/?$stranger"), 'offer', 'taken by one below';
is $offered->("/verify/not/?$stranger"), 'store', 'off below';
my $second = $t->get("/b/?$q");
like $second->{body}, qr/Second Shop/, 'store and campaign replaced';
is((split /\./, OrderSave::Nginx::token($second))[0], 'b1', 'and keys');
is $t->get('/ordersave/score/x')->{status}, 403, 'api of a location';
is $t->get('/ordersave/deep/x')->{status}, 404, 'taken by one below';
is $t->get('/ordersave/not')->{body}, 'store', 'off below';
is $t->http('HEAD', '/in/')->{status}, 200, 'ingest of a location';
is $t->get('/in/below/')->{body}, 'store', 'not of one below';
like $t->get('/status')->{body}, qr/^\{/, 'status of a location, JSON by default';
is $t->get('/status/below')->{body}, 'store', 'not of one below';
$t->order(21, country => 'FR');
like $t->get('/?cancel=1&order=21&key=wc_order_21')->{body}, qr/<html lang="fr"/, "the country's";
$t->order(22, locale => 'fr');
like $t->get('/?cancel=1&order=22&key=wc_order_22', headers => ['Accept-Language: en'])->{body}, qr/<html lang="fr"/, "the order's before Accept-Language";
$t->stop;

# a faulty configuration leaves a running server as it was

$t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19);
$t->start_nginx(server => $t->woo);
$t->write('campaign.json', '{');
$t->reload;
select undef, undef, undef, 0.3;
like $t->get($t->cancel_uri(19))->{body}, qr/ordersave_token/, 'a running server keeps the old one';
like $t->read('logs/error.log'), qr/campaign\.json:\d+:\d+: not JSON/, 'and says why';
$t->allow(qr/\[emerg\].*campaign\.json/);
$t->stop;

done_testing;
